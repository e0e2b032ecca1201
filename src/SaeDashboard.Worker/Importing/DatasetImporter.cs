using System.Globalization;
using System.Numerics.Tensors;
using SaeDashboard.Core;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Importing;
using SaeDashboard.MusicGen.Codec;

namespace SaeDashboard.Worker.Importing;

/// <summary>How far an import is.</summary>
/// <param name="Files">Files that are done.</param>
/// <param name="AllFiles">Files in all.</param>
/// <param name="Seconds">Seconds of sound that are done.</param>
/// <param name="AllSeconds">Seconds of sound in all: those of files that are not open yet are estimated from their sizes.</param>
/// <param name="File">The file at work.</param>
internal sealed record ImportProgress(int Files, int AllFiles, double Seconds, double AllSeconds, string File);

/// <summary>
/// Makes a dataset of a folder of sounds. Each sound is read at the codec's rate, mixed to one channel where it has not the model's number, cut from
/// its beginning into clips of one length, and each clip is encoded by itself. The rest of a sound becomes a shorter clip of whole frames where it
/// is long enough; its row is filled with the codes of silence. Continues where an earlier process ended.
/// </summary>
/// <param name="plan">How.</param>
/// <param name="output">The dataset's folder.</param>
/// <param name="workFolder">Where the state is kept until the dataset is whole.</param>
/// <param name="codec">The codec.</param>
/// <param name="followLinks">Whether links that lead out of the folder are followed.</param>
/// <param name="note">Takes remarks for a person.</param>
internal sealed class DatasetImporter(ImportPlan plan, string output, string workFolder, SoundCodec codec, bool followLinks, Action<string> note)
{
    // Bytes a second of sound that a file has, until it is opened: CD quality, and 160 kbit/s.
    private const double PlainRate = 176_400, PackedRate = 20_000, LosslessRate = 90_000;

    private const double SilenceDb = -120;

    private readonly int rate = codec.Codec.SampleRate, hop = codec.Codec.HopLength;
    private int frames, minFrames;
    private CodeGrid? silence;

    /// <summary>What the folder holds; known after <see cref="Prepare"/>.</summary>
    public SoundFolder Sounds { get; private set; } = null!;

    /// <summary>The length of a whole clip (s).</summary>
    public double ClipSeconds => (double)frames * hop / rate;

    /// <summary>Reads the folder and the table, and refuses settings that cannot work. Nothing is written.</summary>
    /// <exception cref="UserException">The folder, the table or a setting cannot be used.</exception>
    public void Prepare(CancellationToken cancellation)
    {
        if (plan.Shares.Problem is { } problem) throw new UserException($"The shares of the splits cannot be used: {problem}.");
        frames = plan.Seconds is { } seconds ? Frames(seconds, "The clips' length") : codec.WindowFrames;
        minFrames = Frames(plan.MinSeconds, "The shortest clip's length");
        if (frames > codec.WindowFrames)
            throw new UserException(FormattableString.Invariant($"Clips of {ClipSeconds:0.##} s are longer than the {(double)codec.WindowFrames * hop / rate:0.##} s that {codec.Folder} was trained on. Choose shorter ones."));
        if (minFrames > frames) throw new UserException(FormattableString.Invariant($"The shortest clip ({plan.MinSeconds:0.##} s) is longer than a clip ({ClipSeconds:0.##} s)."));
        Sounds = SoundFolder.Read(plan, followLinks, cancellation);
        if (Sounds.Items.Count == 0) throw new UserException($"{Sounds.Folder}: nothing to import. {ImportedDataset.Said(Sounds.Refused)}");
    }

    /// <summary>Encodes what is not encoded yet and writes the dataset.</summary>
    /// <param name="id">Identifies the import, if it is not begun yet.</param>
    /// <param name="report">Called when something is done.</param>
    /// <param name="cancellation">Ends it; what is encoded is kept.</param>
    /// <exception cref="UserException">Nothing could be imported, or something cannot be written.</exception>
    public ImportReport Run(string id, Action<ImportProgress> report, CancellationToken cancellation)
    {
        var basis = new ImportBasis(id, Sounds.Folder, codec.Codec.CodecHash, codec.Channels, codec.Codebooks, frames, minFrames);
        using var work = ImportWork.Open(workFolder, basis);
        if (work.Continues) note("Continues the import that was begun before.");
        var missing = Ffmpeg.IsInstalled ? 0 : Sounds.Items.Count(item => !IsPlain(item.File));
        if (missing > 0) note(string.Create(CultureInfo.InvariantCulture, $"ffmpeg is not installed: {missing:N0} files that are no WAV files will be refused. Install it with: {Ffmpeg.InstallCommand}"));
        var all = Sounds.Items.Sum(Estimate);
        var (doneSeconds, files) = (0.0, 0);
        foreach (var item in Sounds.Items)
        {
            cancellation.ThrowIfCancellationRequested();
            if (work.Find(item) is not { } done)
            {
                (done, var codes) = Import(item, seconds => report(new ImportProgress(files, Sounds.Items.Count, doneSeconds + seconds, Math.Max(all, doneSeconds + seconds), item.File)), cancellation);
                work.Add(done, codes);
            }
            all += done.SoundSeconds - Estimate(item);
            doneSeconds += done.SoundSeconds;
            report(new ImportProgress(++files, Sounds.Items.Count, doneSeconds, Math.Max(all, doneSeconds), item.File));
        }
        var made = ImportedDataset.Write(output, plan, Sounds, work, rate, ClipSeconds);
        work.Delete();
        return made;
    }

    private (ImportedFile File, IReadOnlyList<short[]> Codes) Import(ImportItem item, Action<double> heard, CancellationToken cancellation)
    {
        ImportedFile Refused(ImportRefusalReason reason, string detail, double seconds = 0) => new(item.File, item.Bytes, item.ModifiedUtc, 0, [], seconds, 0, reason, detail);
        try
        {
            using var sound = SoundReader.Open(item.Path);
            var (pieces, codes) = (new List<ImportedPiece>(), new List<short[]>());
            var cutter = new Cutter(sound.Channels == codec.Channels ? codec.Channels : 1, frames * hop);
            var clips = 0L;
            foreach (var piece in Resampler.Pieces(sound, rate))
            {
                cancellation.ThrowIfCancellationRequested();
                cutter.Append(sound.Channels == cutter.Channels ? piece : [new Waveform(piece, rate).ToMono()]);
                while (cutter.Held >= frames * hop) Encode(cutter.Take(frames * hop), clips++, pieces, codes);
                heard((double)sound.Position / sound.SampleRate);
            }
            var length = (double)sound.Position / sound.SampleRate;
            if (SoundLength.Problem(item.Path, sound.Position) is { } cut) return (Refused(ImportRefusalReason.Truncated, cut, length), []);
            if (sound.Position == 0) return (Refused(ImportRefusalReason.NotAudio, "it holds no samples"), []);
            var rest = cutter.Held / hop;
            if (rest >= minFrames) Encode(cutter.Take(rest * hop), clips, pieces, codes);
            if (pieces.Count == 0) return (Refused(ImportRefusalReason.TooShort, FormattableString.Invariant($"it is {length:0.###} s long; the shortest clip is {plan.MinSeconds:0.###} s"), length), []);
            return (new ImportedFile(item.File, item.Bytes, item.ModifiedUtc, 0, pieces, length, (double)cutter.Held / rate, null, sound.Remark), codes);
        }
        catch (UserException error)
        {
            if (SoundFault.IsFfmpegMissing(error) && !SoundLength.LooksLikeSound(item.Path)) return (Refused(ImportRefusalReason.NotAudio, "it does not begin as a sound of any known kind"), []);
            var reason = SoundFault.IsFfmpegMissing(error) ? ImportRefusalReason.NeedsFfmpeg : SoundFault.IsCutShort(error) ? ImportRefusalReason.Truncated : ImportRefusalReason.NotAudio;
            return (Refused(reason, error.Message.Replace(item.Path, "it", StringComparison.Ordinal)), []);
        }
    }

    private void Encode(float[][] samples, long clip, List<ImportedPiece> pieces, List<short[]> codes)
    {
        var grid = codec.Encode(samples);
        var row = new short[grid.Codebooks * frames];
        // What a short clip does not fill sounds like silence.
        silence ??= grid.Frames == frames ? null : codec.Encode([new float[frames * hop]]);
        for (var codebook = 0; codebook < grid.Codebooks; codebook++)
        {
            var into = row.AsSpan(codebook * frames, frames);
            if (grid.Frames < frames) silence!.Codebook(codebook).CopyTo(into);
            grid.Codebook(codebook).CopyTo(into);
        }
        codes.Add(row);
        var power = samples.Sum(channel => (double)TensorPrimitives.SumOfSquares(channel)) / ((double)samples.Length * samples[0].Length);
        pieces.Add(new ImportedPiece((double)clip * frames * hop / rate, (double)grid.Frames * hop / rate, power > 0 ? Math.Max(SilenceDb, 10 * Math.Log10(power)) : SilenceDb));
    }

    private int Frames(double seconds, string what)
    {
        var count = Math.Round(seconds * rate / hop);
        return count is >= 1 and <= int.MaxValue ? (int)count : throw new UserException(FormattableString.Invariant($"{what} is {seconds} s: give at least a frame of the codec ({(double)hop / rate:0.###} s)."));
    }

    private static bool IsPlain(string file) => Path.GetExtension(file).ToLowerInvariant() is ".wav" or ".wave" or ".bwf" or ".rf64";

    private static double Estimate(ImportItem item) => item.Bytes / (IsPlain(item.File) ? PlainRate : Path.GetExtension(item.File).ToLowerInvariant() is ".flac" or ".aif" or ".aiff" ? LosslessRate : PackedRate);

    /// <summary>Samples that wait to be a clip.</summary>
    private sealed class Cutter(int channels, int most)
    {
        private readonly float[][] held = [.. Enumerable.Range(0, channels).Select(_ => new float[most])];

        public int Channels => channels;

        public int Held { get; private set; }

        public void Append(float[][] piece)
        {
            var count = piece[0].Length;
            for (var channel = 0; channel < channels; channel++)
            {
                if (held[channel].Length < Held + count) Array.Resize(ref held[channel], Held + count);
                piece[channel].AsSpan().CopyTo(held[channel].AsSpan(Held));
            }
            Held += count;
        }

        /// <summary>Takes samples from the beginning.</summary>
        public float[][] Take(int count)
        {
            var taken = Array.ConvertAll(held, channel => channel[..count]);
            foreach (var channel in held) channel.AsSpan(count, Held - count).CopyTo(channel);
            Held -= count;
            return taken;
        }
    }
}
