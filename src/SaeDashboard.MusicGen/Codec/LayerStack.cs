using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>Layers one after another, each result freed as soon as the next is there.</summary>
internal sealed class LayerStack(IReadOnlyList<ICodecLayer> layers) : ICodecLayer
{
    public IReadOnlyList<ICodecLayer> Layers => layers;

    public Tensor Forward(Tensor input)
    {
        var current = input.detach();
        foreach (var layer in layers)
        {
            var next = layer.Forward(current);
            current.Dispose();
            current = next;
        }

        return current;
    }

    public (long First, long Last) Needs(long first, long last)
    {
        foreach (var layer in layers.Reverse()) (first, last) = layer.Needs(first, last);
        return (first, last);
    }

    public void Dispose()
    {
        foreach (var layer in layers) layer.Dispose();
    }
}
