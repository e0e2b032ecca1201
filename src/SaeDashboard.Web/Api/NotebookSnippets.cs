namespace SaeDashboard.Web.Api;

/// <summary>Lines to copy into a notebook or a shell.</summary>
/// <param name="Id">Its name on the page.</param>
/// <param name="Title">What they do.</param>
/// <param name="Language">python or bash.</param>
/// <param name="Lines">The lines.</param>
public sealed record Snippet(string Id, string Title, string Language, string Lines);

/// <summary>
/// The lines of the page "Use it from a notebook", with this site's own address and an SAE that is here. They need Python's standard library alone,
/// and a test runs each of them against a site.
/// </summary>
internal static class NotebookSnippets
{
    /// <summary>Cells of a notebook: each continues from those before it.</summary>
    /// <param name="site">The site's address, without a slash at the end.</param>
    /// <param name="sae">The id of an SAE with features.</param>
    public static IReadOnlyList<Snippet> Python(string site, string sae) =>
    [
        new("begin", "Two functions for everything below", "python", $$""""
            import json, urllib.error, urllib.parse, urllib.request

            SITE = "{{site}}"

            def get(path, **query):
                """One answer of the API."""
                address = SITE + path + ("?" + urllib.parse.urlencode(query) if query else "")
                with urllib.request.urlopen(address) as answer:
                    return json.load(answer)

            def every(path, **query):
                """Every item of a list, part by part."""
                page = get(path, limit=1000, **query)
                while True:
                    yield from page["items"]
                    if page["next"] is None:
                        return
                    page = get(page["next"])

            for sae in every("/api/v1/saes"):
                print(sae["id"], sae["latents"], "latents,", sae["labels"], "labels")
            """"),
        new("features", "The features of an SAE, as the Features page filters and sorts them", "python", $$"""
            SAE = "/api/v1/saes/{{sae}}"
            features = list(every(SAE + "/features", sort="density", min=1, max=25))
            first = features[0]
            print(len(features), "features; the most frequent is", first["index"], first["label"] or first["suggestion"])
            """),
        new("table", "As a table, where pandas is installed", "python", """
            try:
                import pandas
                print(pandas.DataFrame(features)[["index", "label", "clipDensity", "p99"]].head())
            except ImportError:
                print("pandas is not installed; features is a list of dictionaries")
            """),
        new("feature", "One feature: statistics, clips, activation strips", "python", """
            one = get(first["address"])
            print("p99", one["statistics"]["p99"], "over", one["statistics"]["positives"], "columns")
            for clip in one["topClips"][:3]:
                print(round(clip["value"], 2), "at", clip["atSeconds"], "s:", clip["caption"], "-", len(clip["strip"]["columns"]), "columns")
            """),
        new("sound", "Its strongest clip as a WAV file", "python", """
            import wave
            urllib.request.urlretrieve(SITE + one["topClips"][0]["sound"], "clip.wav")
            with wave.open("clip.wav") as sound:
                print(sound.getframerate(), "Hz,", round(sound.getnframes() / sound.getframerate(), 2), "s")
            """),
        new("label", "Label it: over nothing that you have not seen", "python", """
            def send(method, path, body):
                request = urllib.request.Request(SITE + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method)
                with urllib.request.urlopen(request) as answer:
                    return json.load(answer)

            seen = get(first["address"] + "/label")
            saved = send("PUT", first["address"] + "/label", {"text": "labelled from a notebook", "basedOn": seen["revision"]})
            print("revision", saved["revision"], "by", saved["author"], "is", saved["text"])
            """),
        new("comment", "Comment on two seconds of a clip", "python", """
            row = one["topClips"][0]["row"]
            comment = send("POST", first["address"] + "/comments", {"text": "starts here", "clip": {"row": row, "from": 1.0, "to": 3.0}})
            print(comment["author"], "on", comment["clip"]["sound"])
            """),
        new("runs", "What was trained, and how well", "python", """
            for run in every("/api/v1/runs"):
                print(run["id"], run["state"], run["explainedVariance"])
            print(get("/api/v1/runs")["total"], "runs")
            """),
        new("jobs", "Watch jobs as they work", "python", """
            with urllib.request.urlopen(SITE + "/api/v1/jobs/events") as events:
                for line in events:
                    if line.startswith(b"data: {"):
                        job = json.loads(line[6:])
                        print(job["runName"], job["state"], job["stage"], job["fraction"])
                    elif line.startswith(b"event: alive"):
                        print("nothing is queued or running")
                    else:
                        continue
                    break  # leave this line out to watch on
            """),
        new("errors", "An error says what is wrong and what is allowed", "python", """
            try:
                get(SAE + "/features", sort="loudness")
            except urllib.error.HTTPError as error:
                print(error.code, json.load(error)["detail"])
            """),
    ];

    /// <summary>Lines for a shell: each for itself.</summary>
    /// <param name="site">The site's address, without a slash at the end.</param>
    /// <param name="sae">The id of an SAE with features.</param>
    /// <param name="dataset">The id of the dataset it was measured on; null: that is not here.</param>
    public static IReadOnlyList<Snippet> Shell(string site, string sae, string? dataset) =>
    [
        new("curl-saes", "The SAEs", "bash", $"curl -s '{site}/api/v1/saes'"),
        new("curl-features", "Features whose label or captions mention a drum", "bash", $"curl -s '{site}/api/v1/saes/{sae}/features?q=drum&limit=5'"),
        new("curl-feature", "One feature, without activation strips", "bash", $"curl -s '{site}/api/v1/saes/{sae}/features/0?strips=false'"),
        .. dataset is null ? Array.Empty<Snippet>() : [new("curl-sound", "A clip as a WAV file", "bash", $"curl -s -o clip.wav '{site}/api/v1/datasets/{dataset}/clips/0.wav'")],
        new("curl-label", "Set a label, only where there is none", "bash",
            $$"""curl -s -X PUT -H 'Content-Type: application/json' -H 'If-Match: "0"' -d '{"text": "labelled from a shell"}' '{{site}}/api/v1/saes/{{sae}}/features/1/label'"""),
        new("curl-comment", "Comment on a feature", "bash",
            $$"""curl -s -X POST -H 'Content-Type: application/json' -d '{"text": "commented from a shell"}' '{{site}}/api/v1/saes/{{sae}}/features/1/comments'"""),
        new("curl-runs", "The runs that are done", "bash", $"curl -s '{site}/api/v1/runs?state=done'"),
        new("curl-export", "Everything people wrote, as JSON Lines", "bash", $"curl -s '{site}/api/v1/export'"),
        new("curl-jobs", "Jobs as they work, for two seconds", "bash", $"curl -sN --max-time 2 '{site}/api/v1/jobs/events'"),
    ];
}
