namespace SaeDashboard.TestSupport;

/// <summary>A labelling batch that is done, as the site writes it: for pages and answers that show one. Its labels score too little to be what a feature is called by.</summary>
internal static class WrittenBatch
{
    public const string Id = "batch-20260101-000000-aaaa";

    /// <summary>Writes it.</summary>
    /// <param name="data">The data folder.</param>
    /// <param name="saeHash">SHA-256 of the SAE's weights.</param>
    public static void Into(string data, string saeHash)
    {
        var folder = Directory.CreateDirectory(Path.Combine(data, "labelling", Id)).FullName;
        File.WriteAllText(Path.Combine(folder, "batch.json"), $$"""
            {
              "version": 1, "id": "{{Id}}", "name": "First labels", "saeHash": "{{saeHash}}", "datasetHash": "{{saeHash}}", "features": [3, 5, 8, 13], "test": true,
              "labelVersion": "label-1 gpt-audio", "judgeVersion": "judge-1 gpt-audio", "author": "Ann", "authorId": "ann", "createdUtc": "2026-01-01T00:00:00+00:00", "queuedUtc": "2026-01-01T00:00:00+00:00",
              "changedUtc": "2026-01-01T00:10:00+00:00", "state": "done", "message": null, "dollars": 0.0421, "labelled": 3, "faults": 1, "tested": 2
            }
            """);
        File.WriteAllText(Path.Combine(folder, "labels.jsonl"),
            """
            {"kind":"label","feature":3,"at":"2026-01-01T00:01:00+00:00","text":"muted low drum","description":"A short low drum in all excerpts.","confidence":0.7,"hash":"00112233445566778899"}
            {"kind":"label","feature":5,"at":"2026-01-01T00:02:00+00:00","text":"plucked string, single notes","description":"","confidence":0.4,"hash":"10112233445566778899"}
            {"kind":"label","feature":8,"at":"2026-01-01T00:03:00+00:00","fault":"no valid answer in 3 requests: not JSON"}
            {"kind":"label","feature":13,"at":"2026-01-01T00:04:00+00:00","text":"silence after a note","description":"","confidence":0.9,"hash":"20112233445566778899"}
            {"kind":"test","feature":3,"at":"2026-01-01T00:05:00+00:00","text":"muted low drum","detection":{"random":0.55,"nearMiss":0.52,"positives":10,"randoms":10,"nearMisses":10}}
            {"kind":"test","feature":5,"at":"2026-01-01T00:06:00+00:00","text":"plucked string, single notes","fault":"it fires in too few of the clips that labels are tested on"}
            {"kind":"test","feature":13,"at":"2026-01-01T00:07:00+00:00","text":"silence after a note","detection":{"random":0.58,"nearMiss":0.56,"positives":10,"randoms":10,"nearMisses":10}}

            """);
    }
}
