using SaeDashboard.MusicGen.Checkpoints;
using static TorchSharp.torch;

namespace SaeDashboard.Clap;

/// <summary>Reads the tensors of a CLAP checkpoint as float32 onto a device, and owns them.</summary>
internal sealed class ClapWeights(CheckpointTensors tensors, Device device) : IDisposable
{
    private readonly List<Tensor> owned = [];

    public Device Device => device;

    /// <summary>One tensor, owned by this object.</summary>
    /// <exception cref="Core.UserException">It is missing, has another shape, or is not a floating type.</exception>
    public Tensor Read(string name, params long[] shape) => Keep(tensors.Float32(name, shape));

    /// <summary>Takes a tensor that was made from others to the device, and owns it.</summary>
    public Tensor Keep(Tensor tensor)
    {
        var kept = tensor.to(device).DetachFromDisposeScope();
        if (!ReferenceEquals(kept, tensor)) tensor.Dispose();
        owned.Add(kept);
        return kept;
    }

    /// <summary>The weight <c>[outputs, inputs]</c> and the bias of a product.</summary>
    public Linear Linear(string name, long outputs, long inputs, bool bias = true) =>
        new(Read($"{name}.weight", outputs, inputs), bias ? Read($"{name}.bias", outputs) : null);

    /// <summary>Scale and shift of a normalisation.</summary>
    public Norm Norm(string name, long width, double epsilon) => new(Read($"{name}.weight", width), Read($"{name}.bias", width), epsilon);

    /// <inheritdoc cref="CheckpointTensors.RequireAbsent"/>
    public void RequireAbsent(string name, string configured) => tensors.RequireAbsent(name, configured);

    public void Dispose()
    {
        owned.ForEach(tensor => tensor.Dispose());
        owned.Clear();
    }
}

/// <summary>x · weightᵀ + bias.</summary>
/// <param name="Weight"><c>[outputs, inputs]</c>.</param>
/// <param name="Bias"><c>[outputs]</c>; null: none.</param>
internal sealed record Linear(Tensor Weight, Tensor? Bias)
{
    /// <param name="x"><c>[…, inputs]</c>.</param>
    public Tensor Apply(Tensor x) => nn.functional.linear(x, Weight, Bias);
}

/// <summary>Layer normalisation over the last dimension.</summary>
internal sealed record Norm(Tensor Weight, Tensor Bias, double Epsilon)
{
    public Tensor Apply(Tensor x) => nn.functional.layer_norm(x, Weight.shape, Weight, Bias, Epsilon);
}

/// <summary>A tower's output as an embedding: linear2(relu(linear1(x))), not yet of length 1.</summary>
internal sealed record Projection(Linear First, Linear Second)
{
    public static Projection Read(ClapWeights weights, string name, int inputs, int outputs) =>
        new(weights.Linear($"{name}.linear1", outputs, inputs), weights.Linear($"{name}.linear2", outputs, outputs));

    /// <param name="pooled"><c>[rows, inputs]</c>.</param>
    /// <returns><c>[rows, outputs]</c>.</returns>
    public Tensor Apply(Tensor pooled) => Second.Apply(First.Apply(pooled).relu());
}
