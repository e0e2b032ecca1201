namespace SaeDashboard.MusicGen.Melody;

/// <summary>
/// librosa's chroma filters (after D. Ellis, "Chroma feature analysis and synthesis", 2007) as Hugging Face transformers builds them for
/// MusicGen melody: A440 untuned, Gaussian bumps normed to length 1 a frequency, an octave weighting around octave 5 of width 2, C first.
/// </summary>
internal static class ChromaFilterBank
{
    private const double CentreOctave = 5, OctaveWidth = 2;

    /// <returns><c>[chroma][length / 2 + 1]</c>: how much of each frequency's power a pitch class gets.</returns>
    /// <param name="chroma">Bins of an octave.</param>
    /// <param name="length">Samples of the Fourier transform.</param>
    /// <param name="samplingRate">Hz.</param>
    public static double[][] Of(int chroma, int length, int samplingRate)
    {
        // Where each frequency lies, in bins above A0.
        var places = new double[length];
        for (var bin = 1; bin < length; bin++) places[bin] = chroma * Math.Log2((double)bin * samplingRate / length / (440.0 / 16));
        // 0 Hz is put 1.5 octaves below the first frequency.
        places[0] = places[1] - 1.5 * chroma;

        var filters = new double[chroma][];
        for (var pitch = 0; pitch < chroma; pitch++) filters[pitch] = new double[length / 2 + 1];
        var half = Math.Round(chroma / 2.0, MidpointRounding.ToEven);
        var column = new double[chroma];
        for (var bin = 0; bin <= length / 2; bin++)
        {
            var width = Math.Max(places[bin + 1] - places[bin], 1);
            var squares = 0.0;
            for (var pitch = 0; pitch < chroma; pitch++)
            {
                var distance = Remainder(places[bin] - pitch + half + 10 * chroma, chroma) - half;
                column[pitch] = Math.Exp(-0.5 * Math.Pow(2 * distance / width, 2));
                squares += column[pitch] * column[pitch];
            }
            var weight = Math.Exp(-0.5 * Math.Pow((places[bin] / chroma - CentreOctave) / OctaveWidth, 2)) / Math.Sqrt(squares);
            // The bins so far begin at A: C is a quarter of an octave up.
            var shift = 3 * (chroma / 12);
            for (var pitch = 0; pitch < chroma; pitch++) filters[(pitch - shift + chroma) % chroma][bin] = column[pitch] * weight;
        }
        return filters;
    }

    private static double Remainder(double value, double by) => value - by * Math.Floor(value / by);
}
