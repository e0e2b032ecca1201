using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>A tensor that training changes, with Adam's two moments, all of one shape and float32, on one device.</summary>
internal sealed unsafe class TrainedTensor : IDisposable
{
    private readonly Device? device;
    private Tensor? gradient;

    public TrainedTensor(string name, params long[] shape) : this(name, null, shape)
    {
    }

    /// <param name="name">Its name in checkpoints.</param>
    /// <param name="device">The device whose tensor operations change it; null: host memory, for kernels of our own, which use the pointers.</param>
    /// <param name="shape">Its shape.</param>
    public TrainedTensor(string name, Device? device, params long[] shape)
    {
        Name = name;
        Shape = shape;
        this.device = device;
        (Value, FirstMoment, SecondMoment) = (Make(), Make(), Make());
        if (device is not null) return;
        // Asking a tensor costs more than moving a row's bias; its memory stays where it is.
        ValueStart = TensorMemory.Pointer(Value);
        FirstStart = TensorMemory.Pointer(FirstMoment);
        SecondStart = TensorMemory.Pointer(SecondMoment);
    }

    public string Name { get; }

    public long[] Shape { get; }

    /// <summary>Whether kernels of our own may use its pointers.</summary>
    public bool InHostMemory => device is null;

    /// <summary>What the learning rate is multiplied by.</summary>
    public double RateFactor { get; init; } = 1;

    /// <summary>What a step lets no value fall below.</summary>
    public float Minimum { get; init; } = float.NegativeInfinity;

    public Tensor Value { get; }

    /// <summary>Made when it is first asked for: the sparse engine has none.</summary>
    public Tensor Gradient => gradient ??= Make();

    public Tensor FirstMoment { get; }

    public Tensor SecondMoment { get; }

    /// <summary>Where the values begin; null for a tensor on a device.</summary>
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

    private Tensor Make() => zeros(Shape, ScalarType.Float32, device).DetachFromDisposeScope();
}
