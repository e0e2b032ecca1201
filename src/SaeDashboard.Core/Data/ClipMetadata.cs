using SaeDashboard.Core.Files;

namespace SaeDashboard.Core.Data;

/// <summary>Reads metadata.jsonl and checks each line.</summary>
internal static class ClipMetadata
{
    public static List<Clip> Read(string path)
    {
        var clips = new List<Clip>();
        var rowById = new Dictionary<string, int>();
        foreach (var (number, line) in JsonLines.ReadNumbered<Line>(path, tolerateTornEnd: false))
        {
            var row = clips.Count;
            UserException Wrong(string what) => new($"{path} line {number}: {what}.");
            if (number != row + 1) throw Wrong("an empty line stands before it, but line i must be row i of the codes");
            if (string.IsNullOrEmpty(line.Id)) throw Wrong("'id' is missing");
            if (string.IsNullOrEmpty(line.Split)) throw Wrong("'split' is missing (sae-train, select or test)");
            if (line.Caption is null) throw Wrong("'caption' is missing");
            if (line.Seconds is not > 0) throw Wrong("'seconds' is missing or not above 0");
            // JSON has no infinity, but numbers too large for a double become it.
            if (!double.IsFinite(line.Seconds.Value)) throw Wrong("'seconds' is larger than any number");
            if (line.Bpm is { } bpm && !(bpm > 0 && double.IsFinite(bpm))) throw Wrong($"'bpm' is {line.Bpm}, not a number above 0");
            if (line.Key is < 0 or > 11) throw Wrong($"'key' is {line.Key}, not 0 (C) … 11 (B)");
            if (!rowById.TryAdd(line.Id, row)) throw Wrong($"'{line.Id}' is already the id of line {rowById[line.Id] + 1}");
            clips.Add(new Clip(row, line.Id, line.Split, line.Caption, line.Seconds.Value, line.Bpm, line.Key, line.Mode));
        }
        return clips;
    }

    private sealed record Line(string? Id, string? Split, string? Caption, double? Seconds, double? Bpm, int? Key, string? Mode);
}
