using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.MusicGen.Checkpoints;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>
/// The position of codes in the decoder's columns: codebook k with delay d holds frame f at column f + 1 + d; column 0 is BOS; every
/// other cell holds the pad id. Mono delays are 0 … K − 1; with two channels codebooks are in the order 1L 1R 2L 2R … with delays
/// 0 0 1 1 …. (Transformers drops the delay for fewer than K − 1 frames; here it always applies.)
/// </summary>
public sealed class DelayPattern
{
    private readonly int[] delays;

    public DelayPattern(DecoderConfig config)
    {
        ArgumentNullException.ThrowIfNull(config);
        PadId = config.PadId;
        delays = [.. Enumerable.Range(0, config.Codebooks).Select(codebook => codebook / config.AudioChannels)];
    }

    /// <summary>The id of cells outside the pattern.</summary>
    public int PadId { get; }

    public int Codebooks => delays.Length;

    /// <summary>Each codebook's delay, columns.</summary>
    public IReadOnlyList<int> Delays => delays;

    /// <summary>The largest delay, columns.</summary>
    public int LastDelay => delays[^1];

    /// <summary>Columns of <paramref name="frames"/> frames, BOS included.</summary>
    public int Columns(int frames) => frames + 1 + LastDelay;

    /// <summary>The frame at this cell; outside 0 … frames − 1 there is none.</summary>
    public int Frame(int codebook, int column) => column - 1 - delays[codebook];

    /// <summary>Writes the ids of columns from <paramref name="firstColumn"/>, <c>[columns, codebooks]</c> row-major.</summary>
    /// <param name="codes">Codes without delay; frames past the grid's are pad ids.</param>
    /// <param name="firstColumn">The first column.</param>
    /// <param name="columns">Number of columns.</param>
    /// <param name="ids">Receives columns · codebooks ids.</param>
    public void Write(CodeGrid codes, int firstColumn, int columns, Span<int> ids)
    {
        ArgumentNullException.ThrowIfNull(codes);
        Write(codes, firstColumn, columns, ids, 0, codes.Frames);
    }

    /// <summary>The same for a range of the piece: frames before <paramref name="from"/>, and from <paramref name="end"/> on, are pad
    /// ids.</summary>
    internal void Write(CodeGrid codes, int firstColumn, int columns, Span<int> ids, int from, int end)
    {
        for (var column = 0; column < columns; column++)
        {
            for (var codebook = 0; codebook < Codebooks; codebook++)
            {
                var frame = Frame(codebook, firstColumn + column);
                ids[column * Codebooks + codebook] = frame >= from && frame < end ? codes[codebook, frame] : PadId;
            }
        }
    }

    /// <summary>Rejects codes of another model.</summary>
    /// <exception cref="UserException">The number of codebooks differs, or a code is not one of this model.</exception>
    public void Check(CodeGrid codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        if (codes.Codebooks != Codebooks)
            throw new UserException($"{codes.Name}: {codes.Codebooks} codebooks, but the model has {Codebooks}: they were made by another model.");
        foreach (var code in codes.Values)
        {
            if (code >= PadId)
                throw new UserException($"{codes.Name}: the code {code} is above {PadId - 1}, the model's last: they were made by another model.");
        }
    }
}
