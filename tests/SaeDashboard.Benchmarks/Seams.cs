using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen;
using SaeDashboard.MusicGen.Generation;
using static TorchSharp.torch;

namespace SaeDashboard.Benchmarks;

/// <summary>
/// Whether one hears where a window ends: the step in level and in spectrum across the seams of long pieces, as a rank among the same steps
/// at every tenth frame of the same piece that is far from a seam (0.5: a place like any other; 1: the largest step of the piece). The same of
/// a cut from one piece into another says what a seam would be.
/// </summary>
internal sealed class Seams : IBenchmark
{
    private const int Frames = 1250;
    private const int Pieces = 4;

    public string Name => "seams";

    public bool OnlyByName => true;

    public IEnumerable<Figure> Run()
    {
        using var scope = NewDisposeScope();
        using var quiet = no_grad();
        using var model = MusicGenModel.Load(Path.Combine(Repository.Root, "demo", "model"));
        using var dataset = ClipDataset.Open(Path.Combine(Repository.Root, "demo", "dataset"));
        var windows = WindowSettings.Of(model.Config);
        int[] seams = [.. Enumerable.Range(0, 100).Select(window => windows.Frames + window * windows.Stride).TakeWhile(seam => seam < Frames)];
        GenerationRow[] rows = [.. Enumerable.Range(0, Pieces).Select(piece => new GenerationRow { Prompt = dataset.Clips[piece * 7].Caption, Seed = (ulong)piece })];
        var codes = new MusicGen.Generation.Generator(model).Generate(rows, Frames).Codes;

        List<Step> steps = [], cuts = [], elsewhere = [];
        List<double> levels = [], spectra = [], cutLevels = [], cutSpectra = [];
        for (var piece = 0; piece < Pieces; piece++)
        {
            var sound = model.Codec.Decode(codes[piece]);
            var rate = model.Codec.HopLength;
            Step[] others = [.. Enumerable.Range(5, Frames / 10 - 9).Select(tenth => tenth * 10).Where(frame => seams.All(seam => Math.Abs(seam - frame) > 60))
                .Select(frame => Step.At(sound, frame * rate, model.Codec.SampleRate))];
            elsewhere.AddRange(others);
            foreach (var seam in seams)
            {
                Rank(Step.At(sound, seam * rate, model.Codec.SampleRate), others, steps, levels, spectra);
                var joined = Join(codes[piece], codes[(piece + 1) % Pieces], seam);
                Rank(Step.At(model.Codec.Decode(joined), 100 * rate, model.Codec.SampleRate), others, cuts, cutLevels, cutSpectra);
            }
        }
        yield return new("seams", steps.Count, "");
        yield return new("level step at seams, mean", steps.Average(step => step.Level), "dB");
        yield return new("level step elsewhere, mean", elsewhere.Average(step => step.Level), "dB");
        yield return new("level step at a cut into another piece, mean", cuts.Average(step => step.Level), "dB");
        yield return new("spectral distance at seams, mean", steps.Average(step => step.Spectrum), "dB");
        yield return new("spectral distance elsewhere, mean", elsewhere.Average(step => step.Spectrum), "dB");
        yield return new("spectral distance at a cut, mean", cuts.Average(step => step.Spectrum), "dB");
        yield return new("rank of the seams' level steps, mean", levels.Average(), "");
        yield return new("rank of the seams' spectral distances, mean", spectra.Average(), "");
        yield return new("rank of the cuts' level steps, mean", cutLevels.Average(), "");
        yield return new("rank of the cuts' spectral distances, mean", cutSpectra.Average(), "");
    }

    private static void Rank(Step step, Step[] others, List<Step> steps, List<double> levels, List<double> spectra)
    {
        steps.Add(step);
        levels.Add(others.Count(other => other.Level < step.Level) / (double)others.Length);
        spectra.Add(others.Count(other => other.Spectrum < step.Spectrum) / (double)others.Length);
    }

    /// <summary>100 frames of one piece up to the place, then 100 of the other from it on.</summary>
    private static CodeGrid Join(CodeGrid before, CodeGrid after, int frame)
    {
        var joined = new CodeGrid(before.Codebooks, 200);
        for (var codebook = 0; codebook < joined.Codebooks; codebook++)
            for (var place = 0; place < 200; place++)
                joined[codebook, place] = (place < 100 ? before : after)[codebook, Math.Min(frame - 100 + place, before.Frames - 1)];
        return joined;
    }

    /// <summary>What changes from the half second before a sample to the half second after it.</summary>
    /// <param name="Level">|difference of the RMS|, dB.</param>
    /// <param name="Spectrum">Mean |difference| of 24 bands' power, dB.</param>
    private sealed record Step(double Level, double Spectrum)
    {
        private const int Window = 512;
        private const int Bands = 24;

        public static Step At(float[] sound, int sample, int sampleRate)
        {
            var half = sampleRate / 2;
            var before = sound.AsSpan(sample - half, half);
            var after = sound.AsSpan(sample, Math.Min(half, sound.Length - sample));
            var (a, b) = (Spectra(before), Spectra(after));
            return new Step(Math.Abs(Decibels(Power(after)) - Decibels(Power(before))), a.Zip(b, (x, y) => Math.Abs(Decibels(x) - Decibels(y))).Average());
        }

        private static double Power(ReadOnlySpan<float> sound)
        {
            var sum = 0.0;
            foreach (var value in sound) sum += value * value;
            return sum / sound.Length;
        }

        private static double Decibels(double power) => 10 * Math.Log10(power + 1e-9);

        /// <summary>Power in bands of equal ratio, 60 Hz-ish to half the sample rate, by the discrete Fourier transform of Hann windows.</summary>
        private static double[] Spectra(ReadOnlySpan<float> sound)
        {
            var bands = new double[Bands];
            for (var start = 0; start + Window <= sound.Length; start += Window / 2)
            {
                for (var bin = 2; bin < Window / 2; bin++)
                {
                    var (real, imaginary) = (0.0, 0.0);
                    for (var place = 0; place < Window; place++)
                    {
                        var value = sound[start + place] * Hann[place];
                        real += value * Cosines[bin * place % Window];
                        imaginary += value * Cosines[(bin * place + Window / 4 * 3) % Window];
                    }
                    var band = (int)(Bands * Math.Log(bin / 2.0) / Math.Log(Window / 4.0));
                    bands[Math.Min(Bands - 1, band)] += (real * real + imaginary * imaginary) / Window / Window;
                }
            }
            return bands;
        }

        private static readonly double[] Cosines = [.. Enumerable.Range(0, Window).Select(place => Math.Cos(2 * Math.PI * place / Window))];
        private static readonly double[] Hann = [.. Enumerable.Range(0, Window).Select(place => 0.5 - 0.5 * Math.Cos(2 * Math.PI * place / Window))];
    }
}
