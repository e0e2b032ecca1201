using System.Text;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Labels;
using SaeDashboard.Storage;
using SaeDashboard.Web.Scores;
using SaeDashboard.Web.Tests.Features;

namespace SaeDashboard.Web.Tests.Scores;

/// <summary>CLAP scores come from what the verb clap-score prints; they belong to the texts that it scored.</summary>
public sealed class ClapScoreTests : IDisposable
{
    private const int Feature = 1337;

    private static readonly string Sae = DemoFeatures.Set.SaeHash;
    private static readonly FeatureKey Key = new(Sae, Feature);

    private readonly ScoreStore store = new();

    public void Dispose() => store.Dispose();

    [Fact]
    public void A_score_is_shown_with_its_floor_and_model_goes_stale_with_its_label_and_outlives_a_restart()
    {
        store.Labels.Name(Key, "taiko drums", null, ScoreStore.Person("ada"));
        Assert.DoesNotContain(store.Of(Feature).Current, score => score.Judge == LabelJudge.Clap);
        var heard = new List<string>();
        store.Scores.Changed += heard.Add;
        Assert.Equal(2, store.Clap.Put(Sae, Json()).Count);
        Assert.Equal([Sae], heard);
        var current = store.Of(Feature);
        var clap = Assert.Single(current.Current, score => score.Judge == LabelJudge.Clap);
        // Written twice by that text: one score, of the later time.
        Assert.Equal(("taiko drums", 0.31, 0.12, "laion " + new string('a', 12)), (clap.Text, clap.Value!.Value, clap.ValueFloor!.Value, clap.By));
        Assert.NotNull(clap.AtUtc);
        Assert.Equal(("low drums", ScoredText.Other, (double?)null), (Assert.Single(current.Others).Text, current.Others[0].Of, current.Others[0].ValueFloor));
        store.Labels.Name(Key, "kick drum", null, ScoreStore.Person("ada"));
        Assert.DoesNotContain(store.Of(Feature).Current, score => score.Judge == LabelJudge.Clap);
        Assert.Equal(ScoredText.EarlierLabel, store.Of(Feature).Others.Single(score => score.Text == "taiko drums").Of);
        // The same file, read by a site that starts.
        var again = new ClapScoreFiles(store.Root, Microsoft.Extensions.Logging.Abstractions.NullLogger<ClapScoreFiles>.Instance);
        Assert.Equal(["low drums", "taiko drums"], again.Of(Sae)!.Value.Scores.Of(Feature).Select(score => score.Text));
    }

    [Fact]
    public void What_is_of_another_sae_or_damaged_is_refused_and_changes_nothing()
    {
        store.Clap.Put(Sae, Json());
        Assert.Contains("are of the SAE with the weights 000000000000", Assert.Throws<UserException>(() => store.Clap.Put(Sae, Json(sae: new string('0', 64)))).Message, StringComparison.Ordinal);
        Assert.Contains("\"labels[0].cosine\" is 2: expected a number from -1 to 1", Assert.Throws<UserException>(() => store.Clap.Put(Sae, Json(cosine: 2))).Message, StringComparison.Ordinal);
        Assert.Contains("clap-score", Assert.Throws<UserException>(() => store.Clap.Put(Sae, "nothing"u8)).Message, StringComparison.Ordinal);
        Assert.Contains("\"sae\" is missing", Assert.Throws<UserException>(() => store.Clap.Put(Sae, "{}"u8)).Message, StringComparison.Ordinal);
        Assert.Contains("64", Assert.Throws<UserException>(() => ClapScores.Parse("x", Json(sae: "../../etc"))).Message, StringComparison.Ordinal);
        Assert.Equal(2, store.Clap.Of(Sae)!.Value.Scores.Count);
        // Cut on the disk: the site starts without it.
        File.WriteAllText(Path.Combine(store.Root.Scores, Sae, "clap.json"), "{\"sae\": ");
        Assert.Null(new ClapScoreFiles(store.Root, Microsoft.Extensions.Logging.Abstractions.NullLogger<ClapScoreFiles>.Instance).Of(Sae));
        Assert.Null(store.Clap.Of("../keys"));
    }

    /// <summary>What the verb prints, with the members that are read and some that are not.</summary>
    internal static byte[] Json(string? sae = null, double cosine = 0.31) => Encoding.UTF8.GetBytes(JsonSerializer.Serialize(new
    {
        model = "/models/laion/", modelHash = new string('a', 64), sae = sae ?? Sae, clips = 10, excerptSeconds = 2, permutations = 100, seed = 0, summary = new { labels = 1, cosine = 0.31 },
        labels = new object[]
        {
            new { feature = Feature, text = "taiko drums", by = "ada", at = "2026-11-23T10:15:02.123Z", current = true, excerpts = 10, cosine, floor = 0.12 },
            new { feature = Feature, text = "low drums", by = "ada", at = "2026-11-22T10:15:02.123Z", current = false, excerpts = 10, cosine = 0.2, floor = (double?)null },
            new { feature = Feature, text = "taiko drums", by = "ada", at = "2026-11-20T10:15:02.123Z", current = false, excerpts = 10, cosine = 0.1, floor = 0.12 },
        },
        notScored = Array.Empty<int>(),
    }));
}
