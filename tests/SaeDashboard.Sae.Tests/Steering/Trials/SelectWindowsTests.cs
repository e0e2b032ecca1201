using SaeDashboard.Core.Data;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core.Steering;
using SaeDashboard.Sae.Steering.Trials;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Steering.Trials;

/// <summary>Targets, DiffMean and companions, from windows whose truth is certain.</summary>
public class SelectWindowsTests
{
    private const int Width = 8, Window = 10, Windows = 6, Clips = 8;

    [Fact]
    public void A_target_is_what_follows_the_feature_and_DiffMean_points_to_it()
    {
        using var sae = Identity();
        var windows = new SelectWindows(sae, ["drum", "flute"], ["drum", "flute", "level"], Window);
        var random = new Random(6);
        double[][] activations = [new double[Clips * Windows], new double[Clips * Windows], new double[Clips * Windows]];
        var (drum, level) = (new double[Clips * Windows], new double[Clips * Windows]);
        for (var clip = 0; clip < Clips; clip++)
        {
            var values = new float[Windows * Window * Width];
            var on = Enumerable.Range(0, Windows).Select(_ => random.Next(3) == 0).ToArray();
            var loud = Enumerable.Range(0, Windows).Select(_ => random.NextDouble()).ToArray();
            for (var column = 0; column < Windows * Window; column++)
            {
                var window = column / Window;
                // Latent 0 fires with the drum, 1 where it is quiet, 2 with the drum too but a little; the stream also has the drum at 5.
                values[column * Width] = on[window] ? 1 + (float)random.NextDouble() : 0;
                values[column * Width + 1] = (float)(2 - loud[window]);
                values[column * Width + 2] = on[window] ? 0.5f : (float)(0.2 * random.NextDouble());
                values[column * Width + 5] = on[window] ? -3 : 1;
                for (var latent = 0; latent < 3 && column >= 3; latent++) activations[latent][clip * Windows + window] += values[column * Width + latent] / Window;
            }
            for (var window = 0; window < Windows; window++) (drum[clip * Windows + window], level[clip * Windows + window]) = (on[window] ? 2 : -2, loud[window]);
            using var columns = TensorData.FromFloats(values, Windows * Window, Width);
            windows.Add(columns, (from, count) => [on[from / Window] ? 2 : -2, null, (float)loud[from / Window]], concept => concept == "flute" ? []
                : [.. Enumerable.Range(0, Windows).Where(window => on[window]).Select(window => new Span(window, window + 1))]);
        }
        Assert.Equal(Clips * Windows, windows.Count);

        var (target, best) = windows.Target(0, [true, true, true]);
        Assert.Equal(("drum", 1, TargetKind.Class), (target!.Target.Name, target.Target.Sign, target.Target.Kind));
        Assert.Equal(Pearson(activations[0], drum), target.Target.Correlation, 1e-4);
        Assert.Equal(target.Target.Correlation, best!.Value, 1e-12);
        Assert.Equal(Math.Sqrt(drum.Average(value => value * value) - Math.Pow(drum.Average(), 2)), target.Deviation, 1e-4);
        // Without the class a descriptor may follow it, or nothing does.
        Assert.Equal(Math.Abs(Pearson(activations[0], level)), windows.Target(0, [false, true, true]).Best!.Value, 1e-4);

        var quiet = windows.Target(1, [true, true, true]).Target!;
        Assert.Equal(("level", -1, TargetKind.Descriptor), (quiet.Target.Name, quiet.Target.Sign, quiet.Target.Kind));
        Assert.Equal(Pearson(activations[1], level), quiet.Target.Correlation, 1e-4);
        Assert.Equal((null, null), windows.Target(7, [true, true, true]));

        var difference = windows.DiffMean(target);
        Assert.Equal(-4, difference[5], 1e-4);
        Assert.InRange(difference[0], 1.3f, 1.7f);
        // Towards the quiet windows latent 1 rises: the quarters are about 0.75 apart.
        Assert.InRange(windows.DiffMean(quiet)[1], 0.5f, 0.95f);

        float[] cosines = [1, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal([2], windows.Companions(0, cosines, _ => true));
        Assert.Empty(windows.Companions(0, cosines, feature => feature != 2));
        Assert.Empty(windows.Companions(0, [1, 0, 0.5f, 0, 0, 0, 0, 0], _ => true));
        Assert.Empty(windows.Companions(7, cosines, _ => true));
    }

    /// <summary>Latent i is coordinate i where that is positive.</summary>
    private static SparseAutoencoder Identity() => new(
        new SaeConfig { Architecture = SaeArchitecture.Standard, DIn = Width, DSae = Width },
        new Dictionary<string, Tensor> { ["W_enc"] = eye(Width), ["W_dec"] = eye(Width), ["b_dec"] = zeros(Width), ["b_enc"] = zeros(Width) });

    private static double Pearson(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        return x.Zip(y).Sum(pair => (pair.First - meanX) * (pair.Second - meanY)) / Math.Sqrt(x.Sum(value => Math.Pow(value - meanX, 2)) * y.Sum(value => Math.Pow(value - meanY, 2)));
    }
}
