using System.Numerics;
using System.Runtime.InteropServices;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// x + LSTM(x): several layers that run forward in time, so a signal can be processed in parts with the state carried between them.
/// </summary>
internal sealed class StreamableLstm : ICodecLayer
{
    private readonly LstmLayer[] layers;
    private readonly long width;

    public StreamableLstm(CodecTensors tensors, string name, int layers, long width)
    {
        tensors.RequireAbsent($"{name}.lstm.weight_ih_l{layers}", $"audio_encoder.num_lstm_layers is {layers}");
        this.width = width;
        this.layers = Enumerable.Range(0, layers).Select(layer => new LstmLayer(tensors, $"{name}.lstm", layer, width)).ToArray();
    }

    public LstmState NewState() => new(this.layers.Length, this.width);

    public Tensor Forward(Tensor input) => Forward(input, NewState());

    /// <param name="input">[1, width, steps]: the continuation of the previous part.</param>
    /// <param name="state">Read, then advanced to the end of this part.</param>
    /// <returns>[1, width, steps]</returns>
    public Tensor Forward(Tensor input, LstmState state)
    {
        using var scope = NewDisposeScope();
        var steps = input.squeeze(0).t().contiguous();
        for (var layer = 0; layer < this.layers.Length; layer++)
            steps = this.layers[layer].Forward(steps, state.Hidden[layer], state.Cell[layer]);
        return steps.t().unsqueeze(0).Add(input).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var layer in this.layers) layer.Dispose();
    }
}

/// <summary>
/// One LSTM layer: c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c'), gates = W_ih·x + b_ih + W_hh·h + b_hh. The input's share of the
/// gates is one matrix product over all steps; the recurrent share is <see cref="LstmRecurrence"/>.
/// </summary>
internal sealed class LstmLayer : IDisposable
{
    private readonly Tensor inputWeight;
    private readonly Tensor recurrentWeight;
    private readonly Tensor bias;

    public LstmLayer(CodecTensors tensors, string name, int layer, long width)
    {
        inputWeight = tensors.Read($"{name}.weight_ih_l{layer}", 4 * width, width);
        recurrentWeight = tensors.Read($"{name}.weight_hh_l{layer}", 4 * width, width);
        using var inputBias = tensors.Read($"{name}.bias_ih_l{layer}", 4 * width);
        using var recurrentBias = tensors.Read($"{name}.bias_hh_l{layer}", 4 * width);
        bias = inputBias.Add(recurrentBias).DetachFromDisposeScope();
    }

    /// <param name="steps">[steps, width], contiguous.</param>
    /// <param name="hidden">[width], updated in place.</param>
    /// <param name="cell">[width], updated in place.</param>
    /// <returns>The hidden values of every step, [steps, width].</returns>
    public Tensor Forward(Tensor steps, float[] hidden, float[] cell)
    {
        using var gates = nn.functional.linear(steps, inputWeight, bias);
        var output = empty(steps.shape, dtype: ScalarType.Float32);
        LstmRecurrence.Run(TensorData.AsSpan(gates), TensorData.AsSpan(recurrentWeight), hidden, cell, TensorData.AsSpan(output));
        return output;
    }

    public void Dispose()
    {
        inputWeight.Dispose();
        recurrentWeight.Dispose();
        bias.Dispose();
    }
}

/// <summary>
/// The sequential part of an LSTM, in managed code instead of libtorch. A step is a small matrix–vector product; a BLAS that splits each
/// one across threads synchronises a thousand times a clip, which takes seconds as soon as another process uses a core. This runs on one
/// thread, and its result does not depend on the number of threads.
/// </summary>
internal static class LstmRecurrence
{
    /// <param name="gates">[steps, 4·width] in the order i, f, g, o: the input's share; used as working memory.</param>
    /// <param name="weight">[4·width, width]</param>
    /// <param name="hidden">[width], updated in place.</param>
    /// <param name="cell">[width], updated in place.</param>
    /// <param name="output">[steps, width], receives the hidden values.</param>
    public static void Run(Span<float> gates, ReadOnlySpan<float> weight, Span<float> hidden, Span<float> cell, Span<float> output)
    {
        var width = hidden.Length;
        for (var step = 0; (step + 1) * width <= output.Length; step++)
        {
            var row = gates.Slice(step * 4 * width, 4 * width);
            AddProduct(row, weight, hidden);
            Move(row, hidden, cell);
            hidden.CopyTo(output.Slice(step * width, width));
        }
    }

    // Four rows at once: each loaded piece of the vector is used in four products.
    private static void AddProduct(Span<float> sums, ReadOnlySpan<float> weight, ReadOnlySpan<float> vector)
    {
        var width = vector.Length;
        var whole = width - width % Vector<float>.Count;
        var pieces = MemoryMarshal.Cast<float, Vector<float>>(vector[..whole]);
        for (var row = 0; row < sums.Length; row += 4)
        {
            var rows = weight.Slice(row * width, 4 * width);
            var first = MemoryMarshal.Cast<float, Vector<float>>(rows[..whole]);
            var second = MemoryMarshal.Cast<float, Vector<float>>(rows.Slice(width, whole));
            var third = MemoryMarshal.Cast<float, Vector<float>>(rows.Slice(2 * width, whole));
            var fourth = MemoryMarshal.Cast<float, Vector<float>>(rows.Slice(3 * width, whole));
            var (a, b, c, d) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            for (var i = 0; i < pieces.Length; i++)
            {
                var piece = pieces[i];
                a = Vector.FusedMultiplyAdd(first[i], piece, a);
                b = Vector.FusedMultiplyAdd(second[i], piece, b);
                c = Vector.FusedMultiplyAdd(third[i], piece, c);
                d = Vector.FusedMultiplyAdd(fourth[i], piece, d);
            }

            var (sumA, sumB, sumC, sumD) = (Vector.Sum(a), Vector.Sum(b), Vector.Sum(c), Vector.Sum(d));
            for (var i = whole; i < width; i++)
            {
                sumA += rows[i] * vector[i];
                sumB += rows[width + i] * vector[i];
                sumC += rows[2 * width + i] * vector[i];
                sumD += rows[3 * width + i] * vector[i];
            }

            sums[row] += sumA;
            sums[row + 1] += sumB;
            sums[row + 2] += sumC;
            sums[row + 3] += sumD;
        }
    }

    private static void Move(ReadOnlySpan<float> gates, Span<float> hidden, Span<float> cell)
    {
        var width = hidden.Length;
        for (var n = 0; n < width; n++)
        {
            var input = Sigmoid(gates[n]);
            var forget = Sigmoid(gates[width + n]);
            var candidate = MathF.Tanh(gates[2 * width + n]);
            var open = Sigmoid(gates[3 * width + n]);
            cell[n] = forget * cell[n] + input * candidate;
            hidden[n] = open * MathF.Tanh(cell[n]);
        }
    }

    private static float Sigmoid(float value) => 1 / (1 + MathF.Exp(-value));
}

/// <summary>
/// The state of an LSTM between two parts of a signal: hidden and cell values of every layer, [width] each. A new state is the start of
/// a signal.
/// </summary>
internal sealed class LstmState
{
    public LstmState(int layers, long width)
    {
        Hidden = Enumerable.Range(0, layers).Select(_ => new float[width]).ToArray();
        Cell = Enumerable.Range(0, layers).Select(_ => new float[width]).ToArray();
    }

    private LstmState(LstmState other)
    {
        Hidden = other.Hidden.Select(values => values.ToArray()).ToArray();
        Cell = other.Cell.Select(values => values.ToArray()).ToArray();
    }

    public float[][] Hidden { get; }

    public float[][] Cell { get; }

    /// <summary>A deep copy.</summary>
    public LstmState Clone() => new(this);
}
