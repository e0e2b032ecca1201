using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;
using SaeDashboard.Core.Importing;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.Worker.CommandLine;
using SaeDashboard.Worker.Runs;

namespace SaeDashboard.Worker.Importing;

/// <summary><c>import-dataset</c>: a dataset from a folder of sounds and a table of captions.</summary>
internal sealed class ImportDatasetVerb : Verb
{
    private readonly Option<string?> folderOption = new("--folder") { Description = "Folder of sounds, with the folders in it: WAV of any kind; FLAC, MP3, OGG and others through ffmpeg", HelpName = "dir" };
    private readonly Option<string?> outOption = new("--out") { Description = "Dataset folder to make (it must not exist)", HelpName = "dir" };
    private readonly Option<string?> modelOption = new("--model") { Description = "Model folder whose codec encodes the sounds", HelpName = "dir" };
    private readonly Option<string?> captionsOption = new("--captions") { Description = "Table of captions, CSV or JSON Lines (default: metadata.jsonl or metadata.csv in the folder)", HelpName = "file" };
    private readonly Option<string?> fileColumnOption = new("--file-column") { Description = "Column with the files' names, relative to the table's folder (default: file_name)", HelpName = "name" };
    private readonly Option<string?> captionColumnOption = new("--caption-column") { Description = "Column with the captions (default: caption, text, description or prompt)", HelpName = "name" };
    private readonly Option<string?> groupColumnOption = new("--group-column") { Description = "Column whose equal values stay in one split: artist, album (default: each file by itself)", HelpName = "name" };
    private readonly Option<string?> splitColumnOption = new("--split-column") { Description = "Column that names the split: sae-train, select or test, or train, validation, test (default: splits are drawn)", HelpName = "name" };
    private readonly Option<string> sharesOption = new Option<string>("--shares") { Description = "Shares of sae-train, select and test where splits are drawn", HelpName = "shares" }.Default("80,10,10");
    private readonly Option<long> seedOption = new Option<long>("--seed") { Description = "Seed of the draw", HelpName = "seed" }.Default(0L);
    private readonly Option<double?> secondsOption = new("--seconds") { Description = "Length of a clip (default: the longest that the model was trained on)", HelpName = "seconds" };
    private readonly Option<double> minOption = new Option<double>("--min-seconds") { Description = "Shortest clip: shorter sounds are refused, a shorter rest of a sound is left out", HelpName = "seconds" }.Default(ImportPlan.StandardMinSeconds);
    private readonly EnumOption<MissingCaption> missingOption = new("--missing-caption", MissingCaption.Refuse) { Description = "What becomes of a sound without a caption: refuse it, or take it with an empty one", HelpName = "how" };
    private readonly Option<bool> linksOption = new("--follow-links") { Description = "Also read files that links outside the folder lead to" };
    private readonly RunDirectoryOptions job;

    public ImportDatasetVerb() : base("import-dataset", "Makes a dataset of a folder of sounds and a table of captions; what was refused, and why, is in its refused.jsonl. Continues an import that was interrupted.",
        "import-dataset --folder ~/music --model demo/model --out data/datasets/music",
        "import-dataset --folder ~/music --captions ~/music/tracks.csv --file-column path --caption-column notes --group-column artist --model demo/model --out data/datasets/music")
    {
        Option[] all =
        [
            folderOption, outOption, modelOption, captionsOption, fileColumnOption, captionColumnOption, groupColumnOption, splitColumnOption, sharesOption, seedOption, secondsOption, minOption, missingOption, linksOption,
        ];
        foreach (var option in all) Options.Add(option);
        job = new RunDirectoryOptions(this, "a run of kind \"import\", instead of all other options");
        sharesOption.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && Shares(result.Tokens[0].Value) is null) result.AddError($"--shares {result.Tokens[0].Value}: write three numbers, such as 80,10,10; the first is above 0.");
        });
    }

    public override VerbResult Run(VerbContext context)
    {
        var (folder, output, model) = (context.Find(folderOption), context.Find(outOption), context.Find(modelOption));
        if (job.Folder(context) is { } run)
        {
            if (folder is not null || output is not null || model is not null) throw new UserException("Give --run-dir alone, or --folder, --model and --out: the run's config.json names all three.");
            return job.Run(context, run, RunKind.Import);
        }
        if (folder is null || output is null || model is null) throw new UserException("Give --folder, --model and --out, or the --run-dir of a run that names them.");
        var clock = Stopwatch.StartNew();
        var target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(output));
        // Beside the dataset, so that it is on the same disk; the next start of the same command finds it.
        var work = Path.Combine(Path.GetDirectoryName(target) ?? target, $".{Path.GetFileName(target)}.import");
        if (Path.Exists(target) && !IsOwn(target, work)) throw new UserException($"{output} exists already: remove it or give another name.");
        using var codec = SoundCodec.Load(model);
        var plan = new ImportPlan
        {
            Folder = folder, Table = context.Find(captionsOption) is { } table ? Path.GetFullPath(table) : null,
            FileColumn = context.Find(fileColumnOption), CaptionColumn = context.Find(captionColumnOption), GroupColumn = context.Find(groupColumnOption), SplitColumn = context.Find(splitColumnOption),
            Shares = Shares(context.Get(sharesOption))!, Seed = context.Get(seedOption), Seconds = context.Find(secondsOption), MinSeconds = context.Get(minOption), MissingCaption = context.Get(missingOption),
        };
        var importer = new DatasetImporter(plan, target, work, codec, context.Get(linksOption), context.Progress.Note);
        var made = IsOwn(target, work) ? Finished(target, work) : Import(importer, context);
        var seconds = clock.Elapsed.TotalSeconds;
        var refused = JsonLines.Read<ImportRefusal>(Path.Combine(target, ImportReport.RefusedName), tolerateTornEnd: false).ToList();
        return new VerbResult(
            new { dataset = output, files = made.Files, clips = made.Clips, clipSeconds = made.ClipSeconds, leftOutSeconds = made.LeftOutSeconds, refused = made.Refused, refusedList = Path.Combine(output, ImportReport.RefusedName), remarks = made.Remarks, seconds },
            string.Create(CultureInfo.InvariantCulture, $"{output}: {made.Files:N0} files became {made.Clips:N0} clips of up to {made.ClipSeconds:0.##} s in {seconds:F1} s. {ImportedDataset.Said(refused)}{(refused.Count > 0 ? $" All are in {Path.Combine(output, ImportReport.RefusedName)}." : "")}"));
    }

    private static ImportReport Import(DatasetImporter importer, VerbContext context)
    {
        importer.Prepare(context.Cancellation);
        context.Progress.Note(string.Create(CultureInfo.InvariantCulture, $"{importer.Sounds.Items.Count:N0} sounds in {importer.Sounds.Folder}; clips of {importer.ClipSeconds:0.##} s."));
        var made = importer.Run(Guid.NewGuid().ToString("N"), progress =>
            context.Progress.Report("Importing", (long)progress.Seconds, (long)Math.Ceiling(progress.AllSeconds) + 1, "s of sound"), context.Cancellation);
        context.Progress.CloseLine();
        return made;
    }

    /// <summary>Whether the dataset is that of the state beside it: its process was killed between the two.</summary>
    private static bool IsOwn(string target, string work) => Directory.Exists(work) && Directory.Exists(target) && ImportWork.IdOf(work) is { } id && ImportedDataset.Report(target)?.Id == id;

    private static ImportReport Finished(string target, string work)
    {
        Directory.Delete(work, recursive: true);
        return ImportedDataset.Report(target)!;
    }

    private static ImportShares? Shares(string text)
    {
        var parts = text.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) ? share : double.NaN).ToArray();
        return parts is [var train, var select, var test] && new ImportShares(train, select, test) is { Problem: null } shares ? shares : null;
    }
}
