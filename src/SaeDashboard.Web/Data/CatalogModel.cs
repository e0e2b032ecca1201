namespace SaeDashboard.Web.Data;

/// <summary>A music model.</summary>
public sealed record CatalogModel : CatalogEntry
{
    /// <summary>Layers of the decoder: 0 … this less one can be listened to.</summary>
    public int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public int Width { get; init; }

    /// <summary>Codebooks of a column.</summary>
    public int Codebooks { get; init; }

    /// <summary>Samples a second.</summary>
    public int SampleRate { get; init; }

    /// <summary>Codec frames a second.</summary>
    public double FrameRate { get; init; }

    /// <summary>Numbers in its tensors.</summary>
    public long Parameters { get; init; }

    /// <summary>SHA-256 of the codec: codes play on every model that has the same. Null until it is known.</summary>
    public string? CodecHash { get; init; }
}
