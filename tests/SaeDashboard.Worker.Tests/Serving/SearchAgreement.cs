using System.Globalization;
using SaeDashboard.Core.Audio;
using SaeDashboard.Core.Data;
using SaeDashboard.Core.Features;

namespace SaeDashboard.Worker.Tests.Serving;

/// <summary>
/// How far search by sound finds what the index would: clips are decoded and cut at random moments, and what fires in the cut sound is held
/// against the activations of the whole clip (computed as the index computes them) in the same span.
/// </summary>
/// <remarks>
/// Not exact, for two reasons that are measured apart. The codec makes other codes of its own sound (<see cref="ReEncoded"/>), and the model hears
/// a cut without what came before it (<see cref="CutCodes"/>). The tolerance: a feature fires when its largest activation in the span is at least
/// <see cref="Fires"/> × p99, and it counts as found when the other reading has it at <see cref="Found"/> × p99 or more there.
/// </remarks>
internal sealed class SearchAgreement
{
    /// <summary>In multiples of the feature's p99.</summary>
    public const float Fires = 0.5f, Found = 0.25f;

    private const int Hop = 320, SampleRate = 16_000, Frames = 512;

    /// <summary>The whole clip read twice by its codes.</summary>
    public Counts WholeCodes { get; } = new();

    /// <summary>The whole clip, decoded and encoded again.</summary>
    public Counts ReEncoded { get; } = new();

    /// <summary>A cut of the codes, at whole frames.</summary>
    public Counts CutCodes { get; } = new();

    /// <summary>A cut of the sound, as a person brings it.</summary>
    public Counts CutSound { get; } = new();

    /// <summary>The control: a cut of the sound against the clip before it, which has nothing to do with it.</summary>
    public Counts OtherClip { get; } = new();

    /// <summary>Measures so many clips of the test split.</summary>
    public static async Task<SearchAgreement> MeasureAsync(ServeProcessFixture serve, int clips)
    {
        using var dataset = ClipDataset.Open(WorkerProcess.DemoDataset);
        using var index = FeatureIndex.Open(Path.Combine(WorkerProcess.DemoSae, "index"));
        var p99 = index.P99.ToArray();
        var kept = index.Kept.ToArray();
        var random = new Random(18);
        var agreement = new SearchAgreement();
        SoundActivations? before = null;
        foreach (var clip in dataset.InSplit("test").OrderBy(_ => random.Next()).Take(clips).ToArray())
        {
            var codes = dataset.Codes(clip);
            var whole = await serve.ReadAsync(codes);
            agreement.WholeCodes.Add(whole, new FrameSpan(0, Frames), await serve.ReadAsync(codes), new FrameSpan(0, Frames), p99, kept);

            var wav = await DecodeAsync(serve, codes);
            agreement.ReEncoded.Add(whole, new FrameSpan(0, Frames), await serve.ReadAsync(wav), new FrameSpan(0, Frames), p99, kept);

            // 3 to 8 seconds from any sample on.
            var length = random.Next(3 * SampleRate, 8 * SampleRate);
            var start = random.Next(Frames * Hop - length);
            var (from, to) = ((start + Hop - 1) / Hop, (start + length) / Hop);
            var cut = await serve.ReadAsync(codes.Slice(from, to - from));
            agreement.CutCodes.Add(whole, new FrameSpan(from, to), cut, new FrameSpan(0, to - from), p99, kept);

            var samples = WavFile.Read(wav).Channels[0];
            WavFile.Write(wav, new Waveform([samples[start..(start + length)]], SampleRate), WavEncoding.Float32);
            var brought = await serve.ReadAsync(wav);
            agreement.CutSound.Add(whole, new FrameSpan(from, to), brought, new FrameSpan(0, Math.Min(brought.Frames, to - from)), p99, kept);
            if (before is not null) agreement.OtherClip.Add(before, new FrameSpan(from, to), brought, new FrameSpan(0, Math.Min(brought.Frames, to - from)), p99, kept);
            before = whole;
            File.Delete(wav);
        }
        return agreement;
    }

    /// <summary>The figures, one a line.</summary>
    public IEnumerable<string> Lines() =>
    [
        Line("whole clips by codes", WholeCodes), Line("whole clips, encoded again", ReEncoded), Line("cuts by codes", CutCodes),
        Line("cuts of the sound", CutSound), Line("control: cuts of the sound against another clip", OtherClip),
    ];

    private static string Line(string name, Counts counts) => string.Create(CultureInfo.InvariantCulture,
        $"{name}: recall {counts.Recall:0.000}, precision {counts.Precision:0.000}; at all {counts.RecallAtAll:0.000}, {counts.PrecisionAtAll:0.000}; foremost 10 {counts.Foremost:0.000} ({counts.InIndex / (double)counts.Clips:0} features a clip)");

    private static async Task<string> DecodeAsync(ServeProcessFixture serve, CodeGrid codes)
    {
        using var answer = await serve.Post("v1/decode", new DecodeRequest(WorkerProcess.DemoModel, codes.Codebooks, codes.ToBase64()));
        var path = Path.Combine(serve.Folder, $"decoded-{Guid.NewGuid():N}.wav");
        await File.WriteAllBytesAsync(path, await answer.Content.ReadAsByteArrayAsync(ServeProcessFixture.Limit), ServeProcessFixture.Limit);
        return path;
    }

    /// <summary>Features that fire, counted over clips.</summary>
    public sealed class Counts
    {
        public int Clips { get; private set; }

        /// <summary>Features that fire by the index's activations.</summary>
        public long InIndex { get; private set; }

        private long inSound, foundInSound, foundInIndex, anyInSound, anyInIndex, foremost, foremostOf;

        /// <summary>Of what fires by the index, the share that the sound has.</summary>
        public double Recall => (double)foundInSound / InIndex;

        /// <summary>Of what fires in the sound, the share that the index has.</summary>
        public double Precision => (double)foundInIndex / inSound;

        /// <summary>As <see cref="Recall"/>, with any activation in the sound counted as found.</summary>
        public double RecallAtAll => (double)anyInSound / InIndex;

        /// <summary>As <see cref="Precision"/>, with any activation in the index counted as found.</summary>
        public double PrecisionAtAll => (double)anyInIndex / inSound;

        /// <summary>Of the ten features that the search lists first, the share that fires by the index.</summary>
        public double Foremost => (double)foremost / foremostOf;

        public void Add(SoundActivations whole, FrameSpan ofWhole, SoundActivations sound, FrameSpan ofSound, float[] p99, byte[] kept)
        {
            var inIndex = Largest(whole, ofWhole, p99, kept);
            var ranked = FiringRanking.Of(sound, ofSound, FiringOrder.Max, p99, kept).Where(figures => figures.P99 > 0).ToArray();
            var bySound = ranked.ToDictionary(figures => figures.Feature, figures => figures.MaxMultiple);
            Clips++;
            foreach (var (feature, multiple) in inIndex.Where(pair => pair.Value >= Fires))
            {
                InIndex++;
                if (bySound.GetValueOrDefault(feature) >= Found) foundInSound++;
                if (bySound.ContainsKey(feature)) anyInSound++;
            }
            foreach (var (feature, multiple) in bySound.Where(pair => pair.Value >= Fires))
            {
                inSound++;
                if (inIndex.GetValueOrDefault(feature) >= Found) foundInIndex++;
                if (inIndex.ContainsKey(feature)) anyInIndex++;
            }
            foreach (var figures in ranked.Take(10))
            {
                foremostOf++;
                if (inIndex.GetValueOrDefault(figures.Feature) >= Found) foremost++;
            }
        }

        private static Dictionary<int, double> Largest(SoundActivations sound, FrameSpan span, float[] p99, byte[] kept) =>
            FiringRanking.Of(sound, span, FiringOrder.Max, p99, kept).Where(figures => figures.P99 > 0).ToDictionary(figures => figures.Feature, figures => figures.MaxMultiple);
    }
}
