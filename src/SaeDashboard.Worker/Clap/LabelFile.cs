using System.Globalization;
using System.Text.Json;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Worker.Clap;

/// <summary>A revision of a feature's label, from a file of labels (docs/exchange.md).</summary>
/// <param name="Feature">The feature.</param>
/// <param name="Text">The label; empty: it was removed.</param>
/// <param name="By">The author's id.</param>
/// <param name="At">When it was written, UTC.</param>
internal sealed record LabelRevision(int Feature, string Text, string By, DateTimeOffset At);

/// <summary>Reads the labels of one SAE from a file as the site exports it; lists, views, presets and comments are skipped.</summary>
internal static class LabelFile
{
    /// <param name="path">JSON Lines.</param>
    /// <param name="saeHash">SHA-256 of the SAE's weights.</param>
    /// <param name="features">Features of the SAE.</param>
    /// <returns>By feature, and by time within a feature.</returns>
    /// <exception cref="UserException">A line is damaged, or there is no label of this SAE; the message says where.</exception>
    public static IReadOnlyList<LabelRevision> Read(string path, string saeHash, int features)
    {
        var revisions = new List<LabelRevision>();
        var others = 0;
        foreach (var (number, line) in JsonLines.ReadNumbered<JsonElement>(path, tolerateTornEnd: false))
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{path} line {number}");
            var reader = new JsonObjectReader(place, JsonObjectReader.RequireObject(place, line, "a line of an export"));
            if (reader.TextOrNone("kind") != "label") continue;
            if (reader.Text("sae") != saeHash)
            {
                others++;
                continue;
            }
            var at = reader.Text("at");
            if (!DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)) throw reader.Wrong("at", ": expected a time, such as 2026-11-23T10:15:02.123Z.");
            revisions.Add(new LabelRevision(reader.Integer("feature", min: 0, max: features - 1), reader.Text("text"), reader.Object("by").Text("id"), time));
        }
        if (revisions.All(revision => revision.Text.Length == 0))
            throw new UserException($"{path} has no label of this SAE (weights {saeHash}){(others > 0 ? $", but {others} of others" : "")}. Export its labels on the Data page, or with scripts/data.sh export.");
        return [.. revisions.OrderBy(revision => revision.Feature).ThenBy(revision => revision.At)];
    }
}
