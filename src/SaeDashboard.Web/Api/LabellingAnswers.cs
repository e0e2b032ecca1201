using SaeDashboard.Labelling.Models;
using SaeDashboard.Web.Data;
using SaeDashboard.Web.ModelLabels;

namespace SaeDashboard.Web.Api;

/// <summary>A labelling batch.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Sae">The SAE's id; null: the SAE is not here.</param>
/// <param name="SaeHash">SHA-256 of the SAE's weights.</param>
/// <param name="State">queued, running, capped (the day's cap is reached; it continues after midnight UTC), done, cancelled, failed, or interrupted (the site ended while it was running).</param>
/// <param name="Message">Why it failed or waits; null: there is nothing to say.</param>
/// <param name="Version">Template and model of the labels.</param>
/// <param name="Test">Whether the labels are tested by the model as their judge.</param>
/// <param name="Author">Who made it.</param>
/// <param name="CreatedUtc">When.</param>
/// <param name="ChangedUtc">When its state last changed.</param>
/// <param name="Features">Features to label. <example>50</example></param>
/// <param name="Labelled">Features with a label. <example>48</example></param>
/// <param name="Faults">Features that were asked for and have no label. <example>2</example></param>
/// <param name="Tested">Labels with a detection score.</param>
/// <param name="TestFaults">Labels that were to be tested and have no score.</param>
/// <param name="Score">Mean detection score of the tested labels; null: none was tested. Its counts are of labels.</param>
/// <param name="Floor">The same of labels that were exchanged between features; null: fewer than ten labels were tested.</param>
/// <param name="Dollars">US dollars so far. Requests under way count with their largest cost. <example>0.42</example></param>
/// <param name="Fraction">Share of its requests that is done, 0 to 1. <example>0.5</example></param>
/// <param name="EtaSeconds">Seconds that the rest takes at the pace so far; null: not known.</param>
public sealed record ApiLabelBatch(
    string Id, string Name, string? Sae, string SaeHash, BatchState State, string? Message, string Version, bool Test, string Author, DateTimeOffset CreatedUtc, DateTimeOffset ChangedUtc,
    int Features, int Labelled, int Faults, int Tested, int TestFaults, ApiDetection? Score, ApiDetection? Floor, decimal Dollars, double Fraction, double? EtaSeconds)
{
    internal static string AddressOf(string id) => $"{ApiSetup.Root}/labelling/batches/{id}";

    internal static ApiLabelBatch Of(BatchView batch, ICatalog catalog) => new(
        batch.Id, batch.File.Name, catalog.SaeByHash(batch.File.SaeHash)?.Id, batch.File.SaeHash, batch.State, batch.File.Message, batch.File.LabelVersion, batch.File.Test, batch.File.Author,
        batch.File.CreatedUtc, batch.File.ChangedUtc, batch.File.Features.Count, batch.Labelled, batch.Faults, batch.Tested, batch.TestFaults, ApiDetection.Of(batch.Score), ApiDetection.Of(batch.Floor),
        batch.Dollars, Math.Round(batch.Share, 4), batch.Left);
}

/// <summary>A feature of a labelling batch.</summary>
/// <param name="Feature">The feature. <example>1337</example></param>
/// <param name="Label">Its label; null: not asked yet, or see fault. <example>taiko drums</example></param>
/// <param name="Description">What the model says supports it; null: there is no label.</param>
/// <param name="Confidence">What the model says of its own label, 0 to 1; null: there is no label.</param>
/// <param name="Fault">Why there is no label; null: there is one, or it was not asked for yet.</param>
/// <param name="Detection">The detection score by the model as the judge; null: not tested.</param>
/// <param name="TestFault">Why it was not tested; null: it was, or was not to be.</param>
public sealed record ApiBatchLabel(int Feature, string? Label, string? Description, double? Confidence, string? Fault, ApiDetection? Detection, string? TestFault)
{
    internal static ApiBatchLabel Of(BatchFeature feature) => new(
        feature.Feature, feature.Label?.Text, feature.Label?.Description, feature.Label?.Confidence, feature.Label?.Fault, ApiDetection.Of(feature.Test?.Detection), feature.Test?.Fault);
}

/// <summary>What a labelling batch would cost at most. An answer that cannot be read is asked for again, which costs more, within the cap.</summary>
/// <param name="Features">Features to label. <example>50</example></param>
/// <param name="Tests">Labels to test.</param>
/// <param name="FloorTests">Exchanged labels to test, for the floor.</param>
/// <param name="TextTokens">Tokens of text that are sent.</param>
/// <param name="AudioTokens">Tokens of sound that are sent.</param>
/// <param name="OutputTokens">Tokens that come back.</param>
/// <param name="Dollars">US dollars. <example>0.42</example></param>
/// <param name="SpentToday">US dollars that were spent today (UTC), other batches included.</param>
/// <param name="Cap">US dollars that may be spent on a day; null: no cap.</param>
/// <param name="LabelsToday">Labels that the rest of the cap allows for today.</param>
/// <param name="TestsToday">Tests that it allows for after all labels.</param>
/// <param name="Priced">Whether prices are set. Without them dollars are 0, and the cap cannot hold.</param>
public sealed record ApiLabelEstimate(
    int Features, int Tests, int FloorTests, long TextTokens, long AudioTokens, long OutputTokens, decimal Dollars, decimal SpentToday, decimal? Cap, int LabelsToday, int TestsToday, bool Priced)
{
    internal static ApiLabelEstimate Of(LabellingEstimate estimate)
    {
        RequestCost most = estimate.Most;
        return new(estimate.Features, estimate.Tests, estimate.FloorTests, most.TextTokens, most.AudioTokens, most.OutputTokens, most.Dollars, estimate.SpentToday, estimate.Cap, estimate.LabelsToday, estimate.TestsToday, estimate.IsPriced);
    }
}
