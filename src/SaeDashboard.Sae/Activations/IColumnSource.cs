using SaeDashboard.Core;

namespace SaeDashboard.Sae.Activations;

/// <summary>Where a trainer's columns come from: a folder of them, or the model that computes them when they are asked for.</summary>
public interface IColumnSource
{
    /// <summary>What a person knows it by, for messages.</summary>
    string Name { get; }

    /// <summary>What each layer's columns are; equal but for layer and hook.</summary>
    IReadOnlyList<ActivationSource> Layers { get; }

    /// <summary>The clips, the same for every layer.</summary>
    IReadOnlyList<ActivationClip> Clips { get; }

    /// <summary>How many clips are best asked for at once, all of their columns; 0: any columns can be had alone.</summary>
    int ClipsAtOnce { get; }

    /// <summary>
    /// Copies ranges of columns, one behind the other, as records <c>[columns, width]</c> of <see cref="ActivationSource.DType"/>. The same
    /// ranges in one call give the same bits. Safe from several threads, though they may wait for each other.
    /// </summary>
    /// <param name="ranges">Which columns; with <see cref="ClipsAtOnce"/> above 0, whole clips.</param>
    /// <param name="targets">A layer: where its records go; 0 for a layer that is not wanted.</param>
    /// <exception cref="UserException">They cannot be read, or are not finite.</exception>
    void Load(ReadOnlySpan<ColumnRange> ranges, ReadOnlySpan<nint> targets);
}
