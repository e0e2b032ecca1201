using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>A tensor that training changes, with its gradient and Adam's two moments, all of one shape, float32 in host memory.</summary>
internal sealed unsafe class TrainedTensor : IDisposable
{
    public TrainedTensor(string name, params long[] shape)
    {
        Name = name;
        Shape = shape;
        (Value, Gradient, FirstMoment, SecondMoment) = (Make(shape), Make(shape), Make(shape), Make(shape));
    }

    public string Name { get; }

    public long[] Shape { get; }

    /// <summary>What the learning rate is multiplied by.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>What a step lets no value fall below.</summary>
    public float Minimum { get; init; } = float.NegativeInfinity;

    public Tensor Value { get; }

    public Tensor Gradient { get; }

    public Tensor FirstMoment { get; }

    public Tensor SecondMoment { get; }

    public float* ValueStart => TensorMemory.Pointer(Value);

    public float* GradientStart => TensorMemory.Pointer(Gradient);

    public float* FirstStart => TensorMemory.Pointer(FirstMoment);

    public float* SecondStart => TensorMemory.Pointer(SecondMoment);

    public void Dispose()
    {
        Value.Dispose();
        Gradient.Dispose();
        FirstMoment.Dispose();
        SecondMoment.Dispose();
    }

    private static Tensor Make(long[] shape) => zeros(shape, ScalarType.Float32).DetachFromDisposeScope();
}
