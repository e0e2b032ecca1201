using SaeDashboard.Core;
using SaeDashboard.Web.Data;

namespace SaeDashboard.Web.Tests.Data;

/// <summary>Numbers in a model's config.json that no model has.</summary>
public sealed class ModelReaderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("[65536,65536,65536,65536]", 16000, 8, "upsampling_ratios")]
    [InlineData("[2147483647,2147483647,4]", 16000, 8, "upsampling_ratios")]
    [InlineData("[1]", 16000, 8, "upsampling_ratios")]
    [InlineData("[]", 16000, 8, "upsampling_ratios")]
    [InlineData("[320]", 2000000000, 8, "sampling_rate")]
    [InlineData("[320]", 16000, 2000000000, "num_hidden_layers")]
    public void They_make_the_model_unreadable_and_the_field_is_named(string ratios, int rate, int layers, string field)
    {
        var name = $"model-{Guid.NewGuid():N}";
        Directory.CreateDirectory(folder[name]);
        File.WriteAllText(Path.Combine(folder[name], "tokenizer.json"), "{}");
        File.WriteAllText(Path.Combine(folder[name], "config.json"), $$"""
            {"model_type":"musicgen","decoder":{"num_hidden_layers":{{layers}},"hidden_size":256,"num_codebooks":4},"audio_encoder":{"sampling_rate":{{rate}},"upsampling_ratios":{{ratios}} } }
            """);
        var reader = new ModelReader();
        var error = Assert.Throws<UserException>(() => reader.Read(CatalogFolder.Read(folder[name], shipped: false)!, reader.Blank("m", "m", folder[name])));
        Assert.Contains(field, error.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }
}
