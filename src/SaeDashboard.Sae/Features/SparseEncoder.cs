using System.Runtime.InteropServices;
using SaeDashboard.Core.Saes;
using SaeDashboard.Core;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae.Features;

/// <summary>Encodes one clip at a time into <see cref="ClipLatents"/>: through the SAE's top-k where it has one, else through its dense latents.</summary>
internal sealed class SparseEncoder(SparseAutoencoder sae)
{
    // A dense block of 2^23 latents is 32 MB.
    private const int DenseBlock = 1 << 23;

    /// <summary>The latents of the clip last encoded.</summary>
    public ClipLatents Latents { get; } = new(sae.Config.DSae);

    /// <summary>Encodes a clip's columns <c>[F, width]</c> and groups what fires.</summary>
    /// <exception cref="UserException">The clip has another width, or an activation is not a number.</exception>
    public void Encode(ClipActivations clip)
    {
        CheckWidth(sae, clip);
        Latents.Clear();
        using (no_grad())
        {
            if (sae.Config.Architecture == SaeArchitecture.TopK)
                AppendTopK(clip);
            else
                AppendDense(clip);
        }

        Latents.Group();
    }

    /// <summary>Takes over dense latents <c>[F, features]</c> that are there already.</summary>
    public void Take(ClipActivations clip, Tensor latents)
    {
        Latents.Clear();
        AppendRows(clip, latents, 1);
        Latents.Group();
    }

    internal static void CheckWidth(SparseAutoencoder sae, ClipActivations clip)
    {
        if (clip.Columns.dim() != 2 || clip.Columns.size(1) != sae.Config.DIn)
        {
            throw new UserException($"Clip {clip.Row} ({clip.Split}) has activations [{string.Join(", ", clip.Columns.shape)}], " +
                $"but the SAE reads width {sae.Config.DIn}: collect activations with the model and layer that the SAE was trained on.");
        }
    }

    private void AppendTopK(ClipActivations clip)
    {
        using var scope = NewDisposeScope();
        var (valueTensor, indexTensor) = sae.EncodeTopK(clip.Columns);
        var values = TensorData.AsSpan(valueTensor.contiguous());
        var indices = MemoryMarshal.Cast<byte, long>(indexTensor.contiguous().bytes);
        var k = (int)valueTensor.size(1);
        for (var i = 0; i < values.Length; i++)
            AppendPositive(clip, i / k + 1, (int)indices[i], values[i]);
    }

    private void AppendDense(ClipActivations clip)
    {
        var columns = (int)clip.Columns.size(0);
        var block = Math.Max(1, DenseBlock / Latents.Features);
        for (var from = 0; from < columns; from += block)
        {
            using var scope = NewDisposeScope();
            AppendRows(clip, sae.Encode(clip.Columns.narrow(0, from, Math.Min(block, columns - from))), from + 1);
        }
    }

    private void AppendRows(ClipActivations clip, Tensor latents, int firstColumn)
    {
        using var contiguous = latents.contiguous();
        var values = TensorData.AsSpan(contiguous);
        var features = Latents.Features;
        for (var row = 0; row < values.Length / features; row++)
        {
            var one = values.Slice(row * features, features);
            for (var at = one.IndexOfAnyExcept(0f); at >= 0;)
            {
                AppendPositive(clip, firstColumn + row, at, one[at]);
                var next = one[(at + 1)..].IndexOfAnyExcept(0f);
                at = next < 0 ? -1 : at + 1 + next;
            }
        }
    }

    private void AppendPositive(ClipActivations clip, int column, int feature, float value)
    {
        if (!float.IsFinite(value))
        {
            throw new UserException($"Feature {feature} is {value} at column {column} of clip {clip.Row} ({clip.Split}): " +
                "the activations or the SAE's weights hold values that are not finite. Collect the activations again, or train the SAE again.");
        }

        if (value > 0)
            Latents.Append(column, feature, value);
    }
}
