using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>A tensor that training changes, with Adam's two moments, all of one shape, float32 in host memory.</summary>
internal sealed unsafe class TrainedTensor : IDisposable
{
    private Tensor? gradient;

    public TrainedTensor(string name, params long[] shape)
    {
        Name = name;
        Shape = shape;
        (Value, FirstMoment, SecondMoment) = (Make(shape), Make(shape), Make(shape));
        // Asking a tensor costs more than moving a row's bias; its memory stays where it is.
        ValueStart = TensorMemory.Pointer(Value);
        FirstStart = TensorMemory.Pointer(FirstMoment);
        SecondStart = TensorMemory.Pointer(SecondMoment);
    }

    public string Name { get; }

    public long[] Shape { get; }

    /// <summary>What the learning rate is multiplied by.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>What a step lets no value fall below.</summary>
    public float Minimum { get; init; } = float.NegativeInfinity;

    public Tensor Value { get; }

    /// <summary>Made when it is first asked for: the sparse engine has none.</summary>
    public Tensor Gradient => gradient ??= Make(Shape);

    public Tensor FirstMoment { get; }

    public Tensor SecondMoment { get; }

    public float* ValueStart { get; }

    public float* GradientStart => TensorMemory.Pointer(Gradient);

    public float* FirstStart { get; }

    public float* SecondStart { get; }

    public void Dispose()
    {
        Value.Dispose();
        gradient?.Dispose();
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    private static Tensor Make(long[] shape) => zeros(shape, ScalarType.Float32).DetachFromDisposeScope();
}
