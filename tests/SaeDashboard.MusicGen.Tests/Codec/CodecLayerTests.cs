using SaeDashboard.MusicGen.Checkpoints;
using SaeDashboard.MusicGen.Codec;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Tests.Codec;

public class CodecLayerTests
{
    private const string LstmName = "audio_encoder.decoder.layers.1";
    private const int Width = 48;

    private static readonly ConvolutionPadding Reflecting = new(Causal: false, Reflect: true, TrimRightRatio: 1);

    /// <summary>Worked out by hand from "ideal = (ceil((len − k + P)/s + 1) − 1)·s + k − P".</summary>
    [Theory]
    [InlineData(640, 7, 1, 3, 3)]
    [InlineData(640, 16, 8, 4, 4)]
    [InlineData(641, 16, 8, 4, 11)]
    [InlineData(37, 10, 5, 3, 5)]
    [InlineData(1, 16, 8, 4, 11)]
    [InlineData(10, 3, 1, 1, 1)]
    [InlineData(10, 4, 2, 1, 1)]
    [InlineData(11, 4, 2, 1, 2)]
    public void The_last_window_is_padded_full(long length, long kernel, long stride, long left, long right) =>
        Assert.Equal((left, right), Reflecting.Around(length, kernel, stride));

    [Theory]
    [InlineData(16, 8, 4, 4)]
    [InlineData(10, 5, 3, 2)]
    [InlineData(4, 2, 1, 1)]
    public void A_transposed_convolution_is_cut_to_whole_strides(long kernel, long stride, long left, long right) =>
        Assert.Equal((left, right), Reflecting.Trim(kernel, stride));

    [Fact]
    public void A_causal_model_pads_on_the_left_and_cuts_on_the_right()
    {
        var causal = Reflecting with { Causal = true };
        Assert.Equal((6, 0), causal.Around(640, 7, 1));
        Assert.Equal((8, 7), causal.Around(641, 16, 8));
        Assert.Equal((0, 8), causal.Trim(16, 8));
        Assert.Equal((3, 5), (causal with { TrimRightRatio = 0.6 }).Trim(16, 8));
    }

    [Theory]
    [InlineData(new float[] { 1, 2, 3, 4, 5 }, 2, 3, new float[] { 3, 2, 1, 2, 3, 4, 5, 4, 3, 2 })]
    [InlineData(new float[] { 1, 2, 3 }, 3, 3, new float[] { 0, 3, 2, 1, 2, 3, 0, 3, 2 })]
    [InlineData(new float[] { 1 }, 3, 3, new float[] { 0, 0, 0, 1, 0, 0, 0 })]
    [InlineData(new float[] { 1, 2 }, 0, 1, new float[] { 1, 2, 1 })]
    [InlineData(new float[] { 1, 2 }, 0, 0, new float[] { 1, 2 })]
    public void A_short_signal_is_continued_with_zeros_before_it_is_mirrored(float[] signal, long left, long right, float[] expected)
    {
        using var scope = NewDisposeScope();
        var padded = Reflecting.Pad(TensorData.FromFloats(signal, 1, 1, signal.Length), left, right);
        Assert.Equal(expected, TensorData.ToArray(padded));
    }

    [Fact]
    public void Zeros_pad_where_the_model_does_not_mirror()
    {
        using var scope = NewDisposeScope();
        var padded = (Reflecting with { Reflect = false }).Pad(TensorData.FromFloats([1, 2], 1, 1, 2), 2, 1);
        Assert.Equal([0, 0, 1, 2, 0], TensorData.ToArray(padded));
    }

    [Fact]
    public void An_lstm_carried_over_a_cut_is_the_lstm_over_the_whole()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = CheckpointTensors.Open(CodecGolden.FolderOf("mono"));
        using var lstm = new StreamableLstm(new CodecTensors(checkpoint), LstmName, 2, Width);
        var signal = Signal(90);
        var whole = TensorData.ToArray(lstm.Forward(signal));

        var state = lstm.NewState();
        var first = lstm.Forward(signal.narrow(2, 0, 37), state);
        var kept = state.Clone();
        var second = lstm.Forward(signal.narrow(2, 37, 53), state);
        var again = lstm.Forward(signal.narrow(2, 37, 53), kept);

        Assert.Equal(TensorData.ToArray(second), TensorData.ToArray(again));
        var parts = TensorData.ToArray(cat([first, second], 2));
        // The input's product over 90 rows may round otherwise than over 37 and 53.
        Assert.True(CodecGolden.RelativeError(parts, whole) < 1e-5);
    }

    [Fact]
    public void An_lstm_follows_its_equations()
    {
        using var scope = NewDisposeScope();
        using var checkpoint = CheckpointTensors.Open(CodecGolden.FolderOf("mono"));
        using var lstm = new StreamableLstm(new CodecTensors(checkpoint), LstmName, 2, Width);
        const int steps = 40;
        var signal = Signal(steps);
        var actual = TensorData.ToArray(lstm.Forward(signal));
        var input = TensorData.ToArray(signal);

        var sequence = Enumerable.Range(0, steps)
            .Select(step => Enumerable.Range(0, Width).Select(c => (double)input[c * steps + step]).ToArray()).ToArray();
        for (var layer = 0; layer < 2; layer++) sequence = Reference(checkpoint, layer, sequence);
        var expected = input.Select((value, index) => (float)(value + sequence[index % steps][index / steps])).ToArray();
        Assert.True(CodecGolden.RelativeError(actual, expected) < 1e-5);
    }

    // PyTorch's documentation of nn.LSTM, in double: gates in the order i, f, g, o.
    private static double[][] Reference(CheckpointTensors checkpoint, int layer, double[][] sequence)
    {
        float[] Read(string name, params long[] shape) => TensorData.ToArray(checkpoint.Float32($"{LstmName}.lstm.{name}_l{layer}", shape));
        var (inputWeight, recurrentWeight) = (Read("weight_ih", 4 * Width, Width), Read("weight_hh", 4 * Width, Width));
        var (inputBias, recurrentBias) = (Read("bias_ih", 4 * Width), Read("bias_hh", 4 * Width));

        var (hidden, cell) = (new double[Width], new double[Width]);
        var output = new List<double[]>();
        foreach (var x in sequence)
        {
            double Gate(int row) => inputBias[row] + recurrentBias[row]
                + Enumerable.Range(0, Width).Sum(c => inputWeight[row * Width + c] * x[c] + recurrentWeight[row * Width + c] * hidden[c]);
            var gates = Enumerable.Range(0, 4 * Width).Select(Gate).ToArray();
            static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));
            cell = cell.Select((c, n) => Sigmoid(gates[Width + n]) * c + Sigmoid(gates[n]) * Math.Tanh(gates[2 * Width + n])).ToArray();
            hidden = cell.Select((c, n) => Sigmoid(gates[3 * Width + n]) * Math.Tanh(c)).ToArray();
            output.Add(hidden);
        }

        return output.ToArray();
    }

    private static Tensor Signal(int steps)
    {
        var random = new Random(7);
        var values = Enumerable.Range(0, Width * steps).Select(_ => (float)(random.NextDouble() * 2 - 1)).ToArray();
        return TensorData.FromFloats(values, 1, Width, steps);
    }
}
