using System.Runtime.Intrinsics;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>
/// The encoder in bfloat16 [F, d], for products that only look for candidates. A step that moves a row writes it here while it is in the
/// cache; after anything else, such as a checkpoint that was read, the whole is converted anew.
/// </summary>
internal sealed unsafe class HalfWeights(int latents, int width) : IDisposable
{
    private const int RowsPerBlock = 256;
    private const int Lane = 16;
    private TrainingState? of;
    private long step;

    /// <summary>[F, d].</summary>
    public Tensor Value { get; } = empty([latents, width], ScalarType.BFloat16).DetachFromDisposeScope();

    /// <summary>Makes them those of a state, where the last step's pass did not leave them so.</summary>
    public void Update(TrainingState state, WorkerTeam team)
    {
        if (of == state && step == state.Step)
            return;
        team.Run((latents + RowsPerBlock - 1) / RowsPerBlock, (_, block) =>
        {
            for (var row = block * RowsPerBlock; row < Math.Min((block + 1) * RowsPerBlock, latents); row++)
                Write(row, state.Encoder.ValueStart + (long)row * width);
        });
        (of, step) = (state, state.Step);
    }

    /// <summary>Writes one row of float32.</summary>
    public void Write(int row, float* values)
    {
        var target = (ushort*)TensorData.UncheckedAddress(Value) + (long)row * width;
        var i = 0;
        for (; i <= width - 2 * Lane; i += 2 * Lane)
            Vector512.Store(Vector512.Narrow(Round(Vector512.Load((uint*)values + i)), Round(Vector512.Load((uint*)values + i + Lane))), target + i);
        for (; i < width; i++)
            target[i] = (ushort)Round(Vector512.CreateScalar(((uint*)values)[i]))[0];
    }

    /// <summary>Says that every row was written with what a state has after its step at hand.</summary>
    public void Written(TrainingState state) => (of, step) = (state, state.Step + 1);

    public void Dispose() => Value.Dispose();

    /// <summary>The upper half of the nearest number that has no lower one; of two equally near ones the even.</summary>
    private static Vector512<uint> Round(Vector512<uint> bits) =>
        (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One)) >> 16;
}
