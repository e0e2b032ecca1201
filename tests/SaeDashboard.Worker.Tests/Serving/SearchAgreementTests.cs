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
        SearchAgreement agreement;
        try
        {
            agreement = await SearchAgreement.MeasureAsync(serve, clips);
        }
        catch (HttpRequestException broken)
        {
            throw new InvalidOperationException(serve.State, broken);
        }
        var figures = string.Join(Environment.NewLine, agreement.Lines());
        if (Environment.GetEnvironmentVariable("SAE_FIGURES") is { Length: > 0 } file) await File.AppendAllTextAsync(file, figures + Environment.NewLine, ServeProcessFixture.Limit);
        Assert.True((agreement.WholeCodes.Recall, agreement.WholeCodes.Precision) == (1, 1), figures);
        Assert.True(agreement.ReEncoded is { Recall: >= 0.6, Precision: >= 0.6 }, figures);
        // What is lost with the cut is the model's: a cut is far from its clip, and much farther from any other.
        Assert.True(agreement.CutCodes is { Recall: >= 0.4, Precision: >= 0.35 } && agreement.CutSound is { Recall: >= 0.3, Precision: >= 0.3 }, figures);
        Assert.True(agreement.CutSound.Recall > 1.5 * agreement.OtherClip.Recall && agreement.CutSound.Precision > 1.5 * agreement.OtherClip.Precision, figures);
    }
}
