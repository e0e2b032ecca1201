using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// The step of <see cref="AdamOptimizer.Step"/> by libtorch's operations, on whatever device the tensors are: the same formula and the same
/// order, with the device's rounding.
/// </summary>
internal static class TensorAdam
{
    /// <summary>Takes a step with the gradients that are in the tensors. Decoder rows are put back to norm 1.</summary>
    public static void Step(TrainingState state, AdamStep adam)
    {
        using var noGradient = no_grad();
        foreach (var tensor in state.Trained)
        {
            using var scope = NewDisposeScope();
            Update(tensor, adam);
            if (tensor == state.Decoder)
                tensor.Value.div_(tensor.Value.norm(1, true));
            if (float.IsFinite(tensor.Minimum))
                tensor.Value.clamp_(min: tensor.Minimum);
        }
    }

    private static void Update(TrainedTensor tensor, AdamStep adam)
    {
        var gradient = tensor.Gradient.mul(adam.GradientScale);
        tensor.FirstMoment.mul_(adam.Beta1).add_(gradient, alpha: 1 - adam.Beta1);
        tensor.SecondMoment.mul_(adam.Beta2).addcmul_(gradient, gradient, 1 - adam.Beta2);
        var root = tensor.SecondMoment.sqrt().mul_(adam.Root).add_(adam.Epsilon);
        tensor.Value.addcdiv_(tensor.FirstMoment, root, (float)(-adam.Rate * tensor.RateFactor));
    }
}
