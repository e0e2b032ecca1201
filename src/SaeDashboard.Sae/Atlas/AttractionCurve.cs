namespace SaeDashboard.Sae.Atlas;

/// <summary>
/// The curve 1 / (1 + a·d^(2b)) that says how near two points of the map are: fitted by least squares to 1 within the least distance and
/// exp(−(d − least) / spread) beyond it, at 300 distances from 0 to 3 spreads, as UMAP does.
/// </summary>
/// <param name="A">a.</param>
/// <param name="B">b.</param>
internal readonly record struct AttractionCurve(double A, double B)
{
    private const int Samples = 300, MostSteps = 500;

    /// <summary>Fits it by damped Gauss–Newton steps (Levenberg–Marquardt), to the last digits.</summary>
    /// <param name="minDistance">Least distance, in the map's unit.</param>
    /// <param name="spread">Spread, in the map's unit.</param>
    public static AttractionCurve Fit(double minDistance, double spread)
    {
        var (a, b, damping) = (1.0, 1.0, 1e-3);
        var error = Error(a, b, minDistance, spread);
        for (var step = 0; step < MostSteps; step++)
        {
            // Normal equations JᵀJ·δ = Jᵀr of the two parameters.
            var (aa, ab, bb, ra, rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
            for (var i = 1; i < Samples; i++)
            {
                var d = Distance(i, spread);
                var power = Math.Pow(d, 2 * b);
                var value = 1 / (1 + a * power);
                var (byA, byB) = (-power * value * value, -2 * a * power * Math.Log(d) * value * value);
                var residual = Wanted(d, minDistance, spread) - value;
                (aa, ab, bb) = (aa + byA * byA, ab + byA * byB, bb + byB * byB);
                (ra, rb) = (ra + byA * residual, rb + byB * residual);
            }
            var (daa, dbb) = (aa * (1 + damping), bb * (1 + damping));
            var determinant = daa * dbb - ab * ab;
            var (nextA, nextB) = (a + (dbb * ra - ab * rb) / determinant, b + (daa * rb - ab * ra) / determinant);
            var next = nextA > 0 && nextB > 0 ? Error(nextA, nextB, minDistance, spread) : double.PositiveInfinity;
            if (next < error)
            {
                var settled = Math.Abs(nextA - a) < 1e-12 && Math.Abs(nextB - b) < 1e-12;
                (a, b, error, damping) = (nextA, nextB, next, damping / 10);
                if (settled) break;
            }
            else
            {
                damping *= 10;
                if (damping > 1e12) break;
            }
        }
        return new AttractionCurve(a, b);
    }

    /// <summary>The sum of squared differences from what is asked for.</summary>
    internal static double Error(double a, double b, double minDistance, double spread)
    {
        var sum = 0.0;
        for (var i = 0; i < Samples; i++)
        {
            var d = Distance(i, spread);
            var difference = Wanted(d, minDistance, spread) - 1 / (1 + a * Math.Pow(d, 2 * b));
            sum += difference * difference;
        }
        return sum;
    }

    private static double Distance(int sample, double spread) => 3 * spread * sample / (Samples - 1);

    private static double Wanted(double distance, double minDistance, double spread) => distance < minDistance ? 1 : Math.Exp(-(distance - minDistance) / spread);
}
