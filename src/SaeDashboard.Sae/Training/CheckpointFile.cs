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
/// One saved state: all a run needs to go on as if it had never stopped. Its tensors are weighed by a SHA-256, so that one the disk has
/// changed is known.
/// </summary>
internal static class CheckpointFile
{
    private const string DigestKey = "sha256", First = ".first_moment", Second = ".second_moment";

    /// <summary>Bytes handled at a time: a span holds less than a large weight has.</summary>
    private const int Piece = 1 << 26;

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
            writer.AddStreamed(name, typeof(T) == typeof(float) ? TensorDType.Float32 : TensorDType.Int64, stream => Pieces<T>(values, stream.Write), values.Length);
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

    /// <summary>Fills a state, once all of the file is known to fit it: otherwise the state is left as it was.</summary>
    /// <param name="file">The checkpoint.</param>
    /// <param name="state">What is filled.</param>
    /// <param name="step">The step it must be of.</param>
    /// <exception cref="UserException">A tensor is missing, of another shape or type, or not what was saved.</exception>
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
        // A run from before firing was counted for the export counts from here on.
        state.BeginWindow();
        if (file.Contains("window_start"))
        {
            file.ReadInt64("window_start").CopyTo(state.WindowStart, 0);
            state.WindowStartColumns = file.ReadInt64("window_start_columns")[0];
        }
        // A TopK run that began before there were others has none.
        if (file.Contains("threshold_count"))
            state.Threshold.Restore(file.ReadFloat32("threshold_average")[0], file.ReadInt64("threshold_count")[0]);
        // Nor has one from before gradients were clipped by the last step's norm.
        if (file.Contains("gradient_norm_bits"))
        {
            state.SmallestKept = file.ReadFloat32("smallest_kept")[0];
            state.GradientNorm = BitConverter.Int64BitsToDouble(file.ReadInt64("gradient_norm_bits")[0]);
        }
    }

    /// <summary>Whether a run can go on from these weights and moments.</summary>
    public static bool IsFinite(TrainingState state) => state.Trained.All(tensor =>
        new[] { tensor.Value, tensor.FirstMoment, tensor.SecondMoment }.All(part => tensor.InHostMemory ? IsFinite(TensorData.AsSpan(part)) : IsFiniteThere(part)));

    private static void Check(SafetensorsFile file, TrainingState state, long step)
    {
        void Require(string name, TensorDType dtype, params long[] shape)
        {
            var entry = file.Entry(name);
            if (entry.DType != dtype || !entry.Shape.SequenceEqual(shape))
                throw new UserException($"{file.Path}: tensor '{name}' is {entry.Describe()}; {dtype.SafetensorsName()} [{string.Join(", ", shape)}] is wanted here.");
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
        if (file.ReadInt64("step")[0] != step)
            throw new UserException(FormattableString.Invariant($"{file.Path} is of step {file.ReadInt64("step")[0]}, but lies in the folder of step {step}."));
        if (file.Metadata.TryGetValue(DigestKey, out var digest) && digest != Digest(file.Entries.Keys.Select(name => Line(name, hash => file.ReadPieces(file.Entry(name), (piece, _) => hash.AppendData(piece))))))
            throw new UserException($"{file.Path} is not what was saved: its SHA-256 is another. The disk has damaged it.");
    }

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
        const int Most = Piece / sizeof(long);
        for (; values.Length > 0; values = values[Math.Min(Most, values.Length)..])
            take(MemoryMarshal.AsBytes(values[..Math.Min(Most, values.Length)]));
    }

    /// <summary>The floats of a tensor on any device.</summary>
    private static void Floats(Tensor tensor, PieceAction take)
    {
        using var host = tensor.cpu();
        Pieces<float>(TensorData.AsSpan(host), take);
    }

    private static bool IsFiniteThere(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.isfinite().all().item<bool>();
    }

    private static bool IsFinite(ReadOnlySpan<float> values)
    {
        // What is finite is 0 when multiplied by 0, and what is not stays NaN in the sum.
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
