using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// x + LSTM(x): several layers that run forward in time, so a signal may come in stretches with the state carried between them.
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

    /// <param name="input">[1, width, steps]: what follows the stretch before.</param>
    /// <param name="state">Read and moved on to the end of this stretch.</param>
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
