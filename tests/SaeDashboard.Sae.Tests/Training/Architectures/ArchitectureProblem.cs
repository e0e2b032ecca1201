using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training.Architectures;

/// <summary>An architecture with random float64 weights and inputs.</summary>
internal sealed class ArchitectureProblem
{
    public const int Width = 24;
    public const int Latents = 96;
    public const int K = 7;
    public const int Columns = 60;
    public const double Sparsity = 0.3;
    public const double Bandwidth = 0.1;

    public ArchitectureProblem(TrainArchitecture kind)
    {
        Kind = kind;
        using var generator = new Generator(11);
        Tensor Noise(double scale, params long[] shape) => randn(shape, ScalarType.Float64, generator: generator).Mul(scale);
        Config = new TrainConfig
        {
            Architecture = kind,
            Latents = Latents,
            K = K,
            Batch = Columns,
            Bandwidth = kind == TrainArchitecture.JumpRelu ? Bandwidth : null,
        };
        Architecture = Architecture.Of(Config);
        var decoder = Noise(1, Latents, Width);
        decoder = decoder.div(decoder.norm(1, true));
        // Thresholds above 0, about where the pre-activations are dense; log scales on both sides of 0.
        var extra = Architecture.ExtraTensors(Latents).Select(tensor =>
        {
            using (tensor)
                return tensor.Name == "threshold" ? Noise(0.05, Latents).abs().Add(0.2) : Noise(0.2, Latents);
        });
        Weights = new SaeWeights(decoder.Add(Noise(0.05, Latents, Width)), Noise(0.1, Latents), decoder, Noise(0.1, Width), [.. extra]);
        X = Noise(0.25, Columns, Width);
    }

    public TrainArchitecture Kind { get; }

    public TrainConfig Config { get; }

    public Architecture Architecture { get; }

    public SaeWeights Weights { get; }

    /// <summary>[columns, width]</summary>
    public Tensor X { get; }

    public ArchitecturePass Forward(SaeWeights weights) => Architecture.Forward(weights, X, Sparsity);

    /// <summary>The numbers of a float64 matrix.</summary>
    public static double[,] ToArray(Tensor matrix)
    {
        var result = new double[matrix.size(0), matrix.size(1)];
        Buffer.BlockCopy(matrix.contiguous().bytes.ToArray(), 0, result, 0, result.Length * sizeof(double));
        return result;
    }
}
