using SaeDashboard.Core.Tensors;

namespace SaeDashboard.MusicGen.Checkpoints;

/// <summary>A tensor as it lies in a memory-mapped file.</summary>
/// <param name="Address">Its first byte, not necessarily aligned; valid while the checkpoint is open.</param>
/// <param name="Type">A floating type.</param>
/// <param name="Shape">Row-major.</param>
internal readonly record struct StoredTensor(nint Address, TensorDType Type, IReadOnlyList<long> Shape)
{
    public long ByteLength => Shape.Aggregate((long)Type.Size(), (product, size) => product * size);
}
