using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.MusicGen.Tests.Codec;

/// <summary>
/// EnCodec's two networks in float64, written from Hugging Face's EncodecModel as plainly as can be: a signal is [channels][samples], every
/// sum is a loop. It shares no code with what it checks.
/// </summary>
internal sealed class ReferenceCodec(AudioEncoderConfig config, IReadOnlyDictionary<string, double[]> tensors)
{
    public double[][] Encode(float[] mono)
    {
        var layer = 0;
        string Next() => $"audio_encoder.encoder.layers.{layer++}";
        double[][] x = [Array.ConvertAll(mono, sample => (double)sample)];
        x = Convolve(Next(), x, config.KernelSize, 1, 1);
        foreach (var ratio in config.UpsamplingRatios.Reverse())
        {
            x = Blocks(Next, x);
            Next();
            x = Convolve(Next(), Elu(x), 2 * ratio, ratio, 1);
        }
        x = Lstm(Next(), x);
        Next();
        return Convolve(Next(), Elu(x), config.LastKernelSize, 1, 1);
    }

    public double[] Decode(CodeGrid codes)
    {
        var layer = 0;
        string Next() => $"audio_encoder.decoder.layers.{layer++}";
        var x = new double[config.HiddenSize][];
        for (var channel = 0; channel < x.Length; channel++)
        {
            x[channel] = new double[codes.Frames];
            for (var codebook = 0; codebook < codes.Codebooks; codebook++)
            {
                var entries = tensors[$"audio_encoder.quantizer.layers.{codebook}.codebook.embed"];
                for (var frame = 0; frame < codes.Frames; frame++) x[channel][frame] += entries[codes[codebook, frame] * x.Length + channel];
            }
        }
        x = Convolve(Next(), x, config.KernelSize, 1, 1);
        x = Lstm(Next(), x);
        foreach (var ratio in config.UpsamplingRatios)
        {
            Next();
            x = Transposed(Next(), Elu(x), 2 * ratio, ratio);
            x = Blocks(Next, x);
        }
        Next();
        return Convolve(Next(), Elu(x), config.LastKernelSize, 1, 1)[0];
    }

    private double[][] Blocks(Func<string> next, double[][] x)
    {
        for (var block = 0; block < config.NumResidualLayers; block++)
        {
            var name = next();
            var inner = Convolve($"{name}.block.1", Elu(x), config.ResidualKernelSize, 1, (int)Math.Pow(config.DilationGrowthRate, block));
            var outer = Convolve($"{name}.block.3", Elu(inner), 1, 1, 1);
            x = Sum(outer, config.UseConvShortcut ? Convolve($"{name}.shortcut", x, 1, 1, 1) : x);
        }
        return x;
    }

    private double[][] Convolve(string name, double[][] x, int size, int stride, int dilation)
    {
        var (weight, bias) = (tensors[$"{name}.conv.weight"], tensors[$"{name}.conv.bias"]);
        var (length, kernel) = (x[0].Length, (size - 1) * dilation + 1);
        var total = kernel - stride;
        var windows = (int)Math.Ceiling((length - kernel + total) / (double)stride + 1) - 1;
        var extra = windows * stride + kernel - total - length;
        var right = config.UseCausalConv ? 0 : total / 2;
        var padded = Array.ConvertAll(x, channel => Pad(channel, total - right, right + extra));
        var result = new double[bias.Length][];
        for (var to = 0; to < bias.Length; to++)
        {
            result[to] = new double[(padded[0].Length - kernel) / stride + 1];
            for (var place = 0; place < result[to].Length; place++)
            {
                var sum = bias[to];
                for (var from = 0; from < x.Length; from++)
                {
                    for (var tap = 0; tap < size; tap++)
                        sum += weight[(to * x.Length + from) * size + tap] * padded[from][place * stride + tap * dilation];
                }
                result[to][place] = sum;
            }
        }
        return result;
    }

    private double[][] Transposed(string name, double[][] x, int size, int stride)
    {
        var (weight, bias) = (tensors[$"{name}.conv.weight"], tensors[$"{name}.conv.bias"]);
        var length = (x[0].Length - 1) * stride + size;
        var result = new double[bias.Length][];
        for (var to = 0; to < bias.Length; to++)
        {
            result[to] = [.. Enumerable.Repeat(bias[to], length)];
            for (var from = 0; from < x.Length; from++)
            {
                for (var place = 0; place < x[0].Length; place++)
                {
                    for (var tap = 0; tap < size; tap++)
                        result[to][place * stride + tap] += x[from][place] * weight[(from * bias.Length + to) * size + tap];
                }
            }
        }
        var total = size - stride;
        var right = config.UseCausalConv ? (int)Math.Ceiling(total * config.TrimRightRatio) : total / 2;
        return Array.ConvertAll(result, channel => channel[(total - right)..^right]);
    }

    private double[] Pad(double[] signal, int left, int right)
    {
        if (config.PadMode == "constant") return [.. new double[left], .. signal, .. new double[right]];
        var extra = Math.Max(0, Math.Max(left, right) - signal.Length + 1);
        double[] longer = [.. signal, .. new double[extra]];
        var before = Enumerable.Range(1, left).Reverse().Select(place => longer[place]);
        var after = Enumerable.Range(1, right).Select(place => longer[longer.Length - 1 - place]);
        double[] padded = [.. before, .. longer, .. after];
        return padded[..(padded.Length - extra)];
    }

    private double[][] Lstm(string name, double[][] x)
    {
        var (width, steps) = (x.Length, x[0].Length);
        var sequence = x;
        for (var layer = 0; layer < config.NumLstmLayers; layer++)
        {
            double[] Read(string part) => tensors[$"{name}.lstm.{part}_l{layer}"];
            var (inputWeight, hiddenWeight, inputBias, hiddenBias) = (Read("weight_ih"), Read("weight_hh"), Read("bias_ih"), Read("bias_hh"));
            var (hidden, cell) = (new double[width], new double[width]);
            double[][] output = [.. x.Select(_ => new double[steps])];
            for (var step = 0; step < steps; step++)
            {
                double Gate(int row)
                {
                    var sum = inputBias[row] + hiddenBias[row];
                    for (var from = 0; from < width; from++)
                        sum += inputWeight[row * width + from] * sequence[from][step] + hiddenWeight[row * width + from] * hidden[from];
                    return sum;
                }
                static double Sigmoid(double value) => 1 / (1 + Math.Exp(-value));
                double[] gates = [.. Enumerable.Range(0, 4 * width).Select(Gate)];
                for (var to = 0; to < width; to++)
                {
                    cell[to] = Sigmoid(gates[width + to]) * cell[to] + Sigmoid(gates[to]) * Math.Tanh(gates[2 * width + to]);
                    hidden[to] = Sigmoid(gates[3 * width + to]) * Math.Tanh(cell[to]);
                    output[to][step] = hidden[to];
                }
            }
            sequence = output;
        }
        return Sum(sequence, x);
    }

    private static double[][] Elu(double[][] x) => Array.ConvertAll(x, channel => Array.ConvertAll(channel, value => value > 0 ? value : Math.Exp(value) - 1));

    private static double[][] Sum(double[][] a, double[][] b) => [.. a.Zip(b, (x, y) => x.Zip(y, (v, w) => v + w).ToArray())];
}
