using SaeDashboard.Core;
using SaeDashboard.Core.Saes;
using SaeDashboard.Sae.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Formats;

/// <summary>Every golden folder in every format: the same latents and reconstruction, or a refusal that says what the format lacks.</summary>
public class ConversionTests
{
    /// <summary>What a format cannot say.</summary>
    private static readonly Dictionary<(string Name, SaeFormat Format), string> Refused = new()
    {
        [("sparsify/groupmax/layers.12", SaeFormat.SaeLens)] = "groupmax",
        [("sparsify/groupmax/layers.12", SaeFormat.DictionaryLearning)] = "groupmax",
        [("saelens-v6/standard-layernorm", SaeFormat.DictionaryLearning)] = "layer_norm",
        [("saelens-v6/standard-rescale", SaeFormat.DictionaryLearning)] = "constant_norm_rescale",
    };

    /// <summary>SAEs that sparsify can say; all others are refused by their architecture's name.</summary>
    private static readonly string[] Sparsify =
        ["saelens-v6/topk", "saelens-v6/topk-rescaled", "saelens-v5/topk", "sparsify/topk/layers.12", "sparsify/groupmax/layers.12", "dictionary_learning/AutoEncoderTopK"];

    /// <summary>SAEs whose weights must change: decoder norms, or b_dec, are folded in.</summary>
    private static readonly HashSet<(string Name, SaeFormat Format)> Folded =
    [
        ("saelens-v6/topk-rescaled", SaeFormat.Sparsify), ("saelens-v6/topk-rescaled", SaeFormat.DictionaryLearning),
        ("saelens-v6/jumprelu", SaeFormat.DictionaryLearning), ("saelens-v5/jumprelu", SaeFormat.DictionaryLearning),
    ];

    public static TheoryData<string, SaeFormat> Pairs
    {
        get
        {
            var pairs = new TheoryData<string, SaeFormat>();
            foreach (var (name, _, _) in GoldenFolders.All)
            {
                foreach (var format in SaeFormats.All)
                    pairs.Add(name, format);
            }
            return pairs;
        }
    }

    [Theory, MemberData(nameof(Pairs))]
    public void A_converted_SAE_computes_the_same_or_is_refused_by_name(string name, SaeFormat format)
    {
        using var scope = NewDisposeScope();
        using var temporary = TestFolders.Temporary();
        var original = SaeFolders.Read(TestFolders.Golden(name));
        if (Refusal(name, format, original.Config) is { } reason)
        {
            var message = Assert.Throws<UserException>(() => SaeConversion.Prepare(original, format)).Message;
            Assert.Contains(reason, message, StringComparison.Ordinal);
            Assert.Contains(format.Title(), message, StringComparison.Ordinal);
            // What is suggested works, and what would work is suggested.
            var others = SaeFormats.All.Where(other => other != format && Refusal(name, other, original.Config) is null).Select(other => other.Name()).ToArray();
            Assert.Contains(others.Length > 0 ? $"Choose another format: {string.Join(" or ", others)}." : "No other format", message, StringComparison.Ordinal);
            Assert.Throws<UserException>(() => SaeFolders.Write(temporary.In("to"), original, format));
            Assert.False(Directory.Exists(temporary.In("to")));
            return;
        }

        var (prepared, notes) = SaeConversion.Prepare(original, format);
        SaeFolders.Write(temporary.In("to"), prepared, format);
        using var sae = SaeFolder.Load(temporary.In("to"));

        GoldenFolders.AssertComputesTheSame(name, sae);
        Assert.Equal(Folded.Contains((name, format)), sae.WeightsHash != original.WeightsHash());
        Assert.Equal(Folded.Contains((name, format)), notes.Any(note => note.Contains("hash", StringComparison.Ordinal)));
        Assert.Equal(original.Config.Metadata.ModelName, sae.Config.Metadata.ModelName);
        Assert.Equal(original.Config.Metadata.HookName, sae.Config.Metadata.HookName);
    }

    [Theory, MemberData(nameof(GoldenFolderTests.Names), MemberType = typeof(GoldenFolderTests))]
    public void There_and_back_through_another_format_changes_nothing_where_nothing_was_folded(string name)
    {
        using var temporary = TestFolders.Temporary();
        var (original, own) = (SaeFolders.Read(TestFolders.Golden(name)), GoldenFolders.FormatOf(name));
        foreach (var format in SaeFormats.All.Where(format => format != own && Refusal(name, format, original.Config) is null && !Folded.Contains((name, format))))
        {
            var (there, back) = (temporary.In($"there-{format}"), temporary.In($"back-{format}"));
            SaeFolders.Write(there, SaeConversion.Prepare(original, format).Sae, format);
            SaeFolders.Write(back, SaeConversion.Prepare(SaeFolders.Read(there), own).Sae, own);
            var returned = SaeFolders.Read(back);
            Assert.Equal(original.WeightsHash(), returned.WeightsHash());
            Assert.Equal(original.Config with { Metadata = returned.Config.Metadata }, returned.Config);
        }
    }

    [Fact]
    public void An_SAE_that_keeps_b_dec_in_its_input_computes_the_same_where_b_dec_is_always_subtracted()
    {
        using var scope = NewDisposeScope();
        using var temporary = TestFolders.Temporary();
        foreach (var name in new[] { "saelens-v6/topk", "saelens-v6/gated" })
        {
            var source = SaeFolders.Read(TestFolders.Golden(name));
            var keeps = source with { Config = source.Config with { ApplyBDecToInput = false } };
            SaeFolders.Write(temporary.In(Path.GetFileName(name)), keeps, SaeFormat.SaeLens);
            using var before = SaeFolder.Load(temporary.In(Path.GetFileName(name)));
            var (latents, reconstruction) = before.Forward(GoldenFolders.Read(name, "x"));
            foreach (var format in new[] { SaeFormat.Sparsify, SaeFormat.DictionaryLearning }.Where(format => Refusal(name, format, keeps.Config) is null))
            {
                var (prepared, notes) = SaeConversion.Prepare(keeps, format);
                Assert.Single(notes);
                SaeFolders.Write(temporary.In($"{Path.GetFileName(name)}-{format}"), prepared, format);
                using var after = SaeFolder.Load(temporary.In($"{Path.GetFileName(name)}-{format}"));
                var (newLatents, newReconstruction) = after.Forward(GoldenFolders.Read(name, "x"));
                GoldenFolders.AssertClose(latents, newLatents, "latents");
                GoldenFolders.AssertClose(reconstruction, newReconstruction, "reconstruction");
                Assert.Throws<UserException>(() => SaeFolders.Write(temporary.In("refused"), keeps with { Config = keeps.Config with { RescaleActsByDecoderNorm = true } }, format));
            }
        }
    }

    private static string? Refusal(string name, SaeFormat format, SaeConfig config) => Refused.TryGetValue((name, format), out var reason) ? reason
        : format == SaeFormat.Sparsify && !Sparsify.Contains(name) ? config.Architecture.Name() : null;
}
