using SaeDashboard.Sae.Training;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Tests.Training.Architectures;

/// <summary>
/// Each architecture's loss written down once more, with everything held fixed that has no derivative or is taken as constant: which latents
/// are active, which gates are open, the decoder through which a gate reconstructs, the error that dead latents reconstruct.
/// </summary>
internal sealed class FrozenLoss
{
    private readonly ArchitectureProblem problem;
    private readonly Tensor active;
    private readonly Tensor opened;
    private readonly Tensor decoder;
    private readonly Tensor decoderBias;
    private readonly Tensor error;

    public FrozenLoss(ArchitectureProblem problem)
    {
        this.problem = problem;
        var pass = problem.Forward(problem.Weights);
        active = pass.Latents.Gt(0).to(ScalarType.Float64);
        opened = pass.PreActivations.Gt(0).to(ScalarType.Float64);
        decoder = problem.Weights.Decoder.clone();
        decoderBias = problem.Weights.DecoderBias.clone();
        error = pass.Error.clone();
    }

    public double Of(SaeWeights w)
    {
        const int B = ArchitectureProblem.Columns;
        const double Weight = ArchitectureProblem.Sparsity;
        var x = problem.X;
        var product = x.sub(w.DecoderBias).matmul(w.Encoder.t());
        var p = product.Add(w.EncoderBias);
        var f = problem.Kind == TrainArchitecture.Gated ? product.mul(w.Extra[1].exp()).Add(w.Extra[0]).mul(active) : p.mul(active);
        double Squares(Tensor reconstruction) => x.sub(reconstruction).Square().sum().item<double>() / B;
        var whole = Squares(f.matmul(w.Decoder).Add(w.DecoderBias));
        switch (problem.Kind)
        {
            case TrainArchitecture.Matryoshka:
                // 96 latents: 3, 6, 12, 24 and the other 51.
                int[] ends = [3, 9, 21, 45, 96];
                return ends.Average(end => Squares(f.narrow(1, 0, end).matmul(w.Decoder.narrow(0, 0, end)).Add(w.DecoderBias)));
            case TrainArchitecture.JumpRelu:
                var l0 = active.sum().item<double>() / B;
                return whole + Weight * Math.Pow(l0 / ArchitectureProblem.K - 1, 2);
            case TrainArchitecture.Relu:
                return whole + Weight * f.sum().item<double>() / B;
            case TrainArchitecture.Gated:
                var gate = p.mul(opened);
                return whole + Weight * gate.sum().item<double>() / B + Squares(gate.matmul(decoder).Add(decoderBias));
            default:
                return whole;
        }
    }

    /// <summary>The dead latents' loss; <paramref name="chosen"/> [B, F] says which of them reconstruct.</summary>
    public double OfDead(SaeWeights w, Tensor chosen)
    {
        var p = problem.X.sub(w.DecoderBias).matmul(w.Encoder.t()).Add(w.EncoderBias);
        var variance = error.sub(error.mean([0], true)).Square().sum();
        return error.sub(p.mul(chosen).matmul(w.Decoder)).Square().sum().div(variance).item<double>();
    }
}
