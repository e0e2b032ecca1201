namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>The features that search by sound finds are those of the index.</summary>
public sealed class SearchAgreementTests(ServeProcessFixture serve) : IClassFixture<ServeProcessFixture>
{
    [Fact]
    public Task For_a_few_clips_the_features_that_fire_are_those_of_the_index() => HoldsAsync(8);

    /// <summary>scripts/checks/search.sh prints its figures.</summary>
    [Fact]
    [Trait("Length", "Long")]
    public Task For_a_hundred_clips_the_features_that_fire_are_those_of_the_index() => HoldsAsync(100);

    private async Task HoldsAsync(int clips)
    {
        var agreement = await SearchAgreement.MeasureAsync(serve, clips);
        var figures = string.Join(Environment.NewLine, agreement.Lines());
        if (Environment.GetEnvironmentVariable("SAE_FIGURES") is { Length: > 0 } file) await File.AppendAllTextAsync(file, figures + Environment.NewLine, ServeProcessFixture.Limit);
        Assert.True((agreement.WholeCodes.Recall, agreement.WholeCodes.Precision) == (1, 1), figures);
        foreach (var counts in (SearchAgreement.Counts[])[agreement.ReEncoded, agreement.CutCodes, agreement.CutSound, agreement.AfterASecond])
            Assert.True(counts is { Recall: >= 0.7, Precision: >= 0.7 }, figures);
    }
}
