using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using SaeDashboard.Core;
using SaeDashboard.Core.Tensors;
using SaeDashboard.Sae.Activations;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Training;

/// <summary>
/// Reads and writes one saved state: everything a run needs to continue as if it had never stopped. A SHA-256 over its tensors detects
/// damage.
/// </summary>
internal static class CheckpointFile
{
    private const string DigestKey = "sha256", First = ".first_moment", Second = ".second_moment";

    /// <summary>Bytes per chunk: a large weight does not fit into a span.</summary>
    private const int Chunk = 1 << 26;

    public static void Save(string path, TrainingState state, CheckpointLabel label)
    {
        var writer = new SafetensorsWriter();
        var digests = new List<string>();
        void AddFloats(string name, Tensor tensor, long[] shape)
        {
            digests.Add(Line(name, hash => Floats(tensor, hash.AppendData)));
            writer.AddStreamed(name, TensorDType.Float32, stream => Floats(tensor, stream.Write), shape);
        }
        void Add<T>(string name, T[] values) where T : unmanaged
        {
            digests.Add(Line(name, hash => Pieces<T>(values, hash.AppendData)));
            var type = typeof(T) == typeof(float) ? TensorDType.Float32 : TensorDType.Int64;
            writer.AddStreamed(name, type, stream => Pieces<T>(values, stream.Write), values.Length);
        }

        foreach (var tensor in state.Trained)
        {
            AddFloats(tensor.Name, tensor.Value, tensor.Shape);
            AddFloats(tensor.Name + First, tensor.FirstMoment, tensor.Shape);
            AddFloats(tensor.Name + Second, tensor.SecondMoment, tensor.Shape);
        }
        Add("input_mean", state.Scaling.Mean);
        Add("input_scale", [state.Scaling.Scale]);
        Add("step", [state.Step]);
        Add("columns_since_active", state.ColumnsSinceActive);
        Add("active_counts", state.ActiveCounts);
        Add("counted_columns", [state.CountedColumns]);
        Add("window_start", state.WindowStart);
        Add("window_start_columns", [state.WindowStartColumns]);
        Add("threshold_average", [state.Threshold.Sum]);
        Add("threshold_count", [state.Threshold.Count]);
        Add("smallest_kept", [state.SmallestKept]);
        Add("gradient_norm_bits", [BitConverter.DoubleToInt64Bits(state.GradientNorm)]);
        label.Write(writer.Metadata);
        writer.Metadata[DigestKey] = Digest(digests);
        writer.Save(path);
    }

    /// <summary>Fills a state after checking the whole file. If a check fails, the state is unchanged.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="state">The state to fill.</param>
    /// <param name="step">The expected step.</param>
    /// <exception cref="UserException">A tensor is missing, has another shape or type, or is damaged.</exception>
    public static void Load(SafetensorsFile file, TrainingState state, long step)
    {
        Check(file, state, step);
        foreach (var tensor in state.Trained)
        {
            foreach (var (part, target) in new[] { ("", tensor.Value), (First, tensor.FirstMoment), (Second, tensor.SecondMoment) })
            {
                using var values = TensorData.FromFloats(file.ReadFloat32(tensor.Name + part), tensor.Shape);
                target.copy_(values);
            }
        }
        state.Scaling = new ColumnScaling(file.ReadFloat32("input_mean"), file.ReadFloat32("input_scale")[0]);
        state.Step = step;
        file.ReadInt64("columns_since_active").CopyTo(state.ColumnsSinceActive, 0);
        file.ReadInt64("active_counts").CopyTo(state.ActiveCounts, 0);
        state.CountedColumns = file.ReadInt64("counted_columns")[0];
        // Checkpoints from before firing was counted for the export: the window starts here.
        state.BeginWindow();
        if (file.Contains("window_start"))
        {
            file.ReadInt64("window_start").CopyTo(state.WindowStart, 0);
            state.WindowStartColumns = file.ReadInt64("window_start_columns")[0];
        }
        // Absent from TopK checkpoints that are older than the other architectures.
        if (file.Contains("threshold_count"))
            state.Threshold.Restore(file.ReadFloat32("threshold_average")[0], file.ReadInt64("threshold_count")[0]);
        // Absent from checkpoints from before gradients were clipped by the previous step's norm.
        if (file.Contains("gradient_norm_bits"))
        {
            state.SmallestKept = file.ReadFloat32("smallest_kept")[0];
            state.GradientNorm = BitConverter.Int64BitsToDouble(file.ReadInt64("gradient_norm_bits")[0]);
        }
    }

    /// <summary>Whether all weights and moments are finite.</summary>
    public static bool IsFinite(TrainingState state) => state.Trained.All(tensor =>
        new[] { tensor.Value, tensor.FirstMoment, tensor.SecondMoment }.All(
            part => tensor.InHostMemory ? IsFinite(TensorData.AsSpan(part)) : IsFiniteOnDevice(part)));

    private static void Check(SafetensorsFile file, TrainingState state, long step)
    {
        void Require(string name, TensorDType dtype, params long[] shape)
        {
            var entry = file.Entry(name);
            if (entry.DType != dtype || !entry.Shape.SequenceEqual(shape))
            {
                throw new UserException(
                    $"{file.Path}: tensor \"{name}\" is {entry.Describe()}, expected {dtype.SafetensorsName()} [{string.Join(", ", shape)}].");
            }
        }
        foreach (var tensor in state.Trained)
        {
            foreach (var part in (string[])["", First, Second])
                Require(tensor.Name + part, TensorDType.Float32, tensor.Shape);
        }
        Require("input_mean", TensorDType.Float32, state.Width);
        Require("input_scale", TensorDType.Float32, 1);
        Require("columns_since_active", TensorDType.Int64, state.Latents);
        Require("active_counts", TensorDType.Int64, state.Latents);
        foreach (var single in (string[])["step", "counted_columns"])
            Require(single, TensorDType.Int64, 1);
        if (file.Contains("window_start"))
        {
            Require("window_start", TensorDType.Int64, state.Latents);
            Require("window_start_columns", TensorDType.Int64, 1);
        }
        if (file.Contains("threshold_count"))
        {
            Require("threshold_count", TensorDType.Int64, 1);
            Require("threshold_average", TensorDType.Float32, 1);
        }
        if (file.Contains("gradient_norm_bits"))
        {
            Require("gradient_norm_bits", TensorDType.Int64, 1);
            Require("smallest_kept", TensorDType.Float32, 1);
        }
        if (file.ReadInt64("step")[0] is var saved && saved != step)
            throw new UserException(FormattableString.Invariant($"{file.Path} is of step {saved} but in the folder of step {step}."));
        if (file.Metadata.TryGetValue(DigestKey, out var digest) && digest != DigestOf(file))
            throw new UserException($"{file.Path} is damaged: its SHA-256 differs from the one that was saved.");
    }

    private static string DigestOf(SafetensorsFile file) => Digest(file.Entries.Keys.Select(
        name => Line(name, hash => file.ReadPieces(file.Entry(name), (piece, _) => hash.AppendData(piece)))));

    private static string Line(string name, Action<IncrementalHash> append)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        append(hash);
        return $"{name} {Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    private static string Digest(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines.Order(StringComparer.Ordinal)))));

    private delegate void PieceAction(ReadOnlySpan<byte> bytes);

    private static void Pieces<T>(ReadOnlySpan<T> values, PieceAction take) where T : unmanaged
    {
        const int MaxValues = Chunk / sizeof(long);
        for (; values.Length > 0; values = values[Math.Min(MaxValues, values.Length)..])
            take(MemoryMarshal.AsBytes(values[..Math.Min(MaxValues, values.Length)]));
    }

    /// <summary>Passes on the floats of a tensor on any device.</summary>
    private static void Floats(Tensor tensor, PieceAction take)
    {
        using var host = tensor.cpu();
        Pieces<float>(TensorData.AsSpan(host), take);
    }

    private static bool IsFiniteOnDevice(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.isfinite().all().item<bool>();
    }

    private static bool IsFinite(ReadOnlySpan<float> values)
    {
        // Finite values times 0 are 0; infinities and NaN become NaN, and so does the sum.
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            sum += new Vector<float>(values[i..]) * Vector<float>.Zero;
        var rest = Vector.Sum(sum);
        for (; i < values.Length; i++)
            rest += values[i] * 0;
        return rest == 0;
    }
}
