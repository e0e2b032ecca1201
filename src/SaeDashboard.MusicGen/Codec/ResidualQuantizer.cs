using System.Globalization;
using SaeDashboard.Core;
using SaeDashboard.Core.Data;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.MusicGen.Codec;

/// <summary>
/// Residual vector quantisation: each codebook gives the entry nearest to the residual of the codebooks before it. Decoding sums the
/// entries.
/// </summary>
internal sealed class ResidualQuantizer : IDisposable
{
    private readonly Tensor[] entries;
    private readonly Tensor[] squaredNorms;

    /// <summary>Reads as many codebooks as the checkpoint holds; the configured bandwidth is ignored.</summary>
    public ResidualQuantizer(CodecTensors tensors, long size, long width)
    {
        static string Name(int codebook) =>
            string.Create(CultureInfo.InvariantCulture, $"audio_encoder.quantizer.layers.{codebook}.codebook.embed");

        var entries = new List<Tensor> { tensors.Read(Name(0), size, width) };
        while (tensors.Contains(Name(entries.Count))) entries.Add(tensors.Read(Name(entries.Count), size, width));
        this.entries = entries.ToArray();
        squaredNorms = entries.Select(SquaredNorms).ToArray();
        Size = (int)size;
    }

    public int Codebooks => this.entries.Length;

    /// <summary>Entries of a codebook.</summary>
    public int Size { get; }

    /// <param name="latents">[1, width, frames]</param>
    public CodeGrid Encode(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var residual = latents.squeeze(0).t().contiguous();
        var grid = new CodeGrid(Codebooks, (int)residual.shape[0]);
        for (var codebook = 0; codebook < Codebooks; codebook++)
        {
            var nearest = Scores(residual, codebook).argmax(1);
            residual = residual.sub(this.entries[codebook].index_select(0, nearest));
            var frame = 0;
            foreach (var code in TensorData.ToInt64Array(nearest)) grid[codebook, frame++] = (int)code;
        }

        return grid;
    }

    /// <summary>
    /// −‖x − e‖² of every x of <paramref name="residual"/> [frames, width] and every entry: [frames, entries], in the order of
    /// operations of Hugging Face, so that near ties are decided the same way.
    /// </summary>
    public Tensor Scores(Tensor residual, int codebook)
    {
        using var scope = NewDisposeScope();
        var squared = residual.mul(residual).sum(1, keepdim: true);
        var products = residual.Mul(2).mm(this.entries[codebook].t());
        return squared.sub(products).Add(squaredNorms[codebook]).neg().MoveToOuterDisposeScope();
    }

    /// <summary>The entries of codebook <paramref name="codebook"/> for <paramref name="codes"/>: [codes, width].</summary>
    public Tensor Entries(int codebook, ReadOnlySpan<long> codes)
    {
        using var indices = TensorData.FromInt64s(codes, codes.Length);
        return this.entries[codebook].index_select(0, indices);
    }

    /// <returns>[1, width, frames]</returns>
    public Tensor Decode(CodeGrid codes)
    {
        Check(codes);
        using var scope = NewDisposeScope();
        var row = new long[codes.Frames];
        Tensor? sum = null;
        for (var codebook = 0; codebook < codes.Codebooks; codebook++)
        {
            for (var frame = 0; frame < row.Length; frame++) row[frame] = codes[codebook, frame];
            var entries = Entries(codebook, row);
            sum = sum is null ? entries : sum.AddInPlace(entries);
        }

        return sum!.t().contiguous().unsqueeze(0).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in this.entries.Concat(squaredNorms)) tensor.Dispose();
    }

    /// <summary>Rejects codes of another model.</summary>
    /// <exception cref="UserException">The number of codebooks differs, or a code is not an entry of its codebook.</exception>
    public void Check(CodeGrid codes)
    {
        if (codes.Codebooks != Codebooks)
            throw new UserException(string.Create(CultureInfo.InvariantCulture,
                $"{codes.Name}: {codes.Codebooks} codebooks, but the model's codec has {Codebooks}: they were made by another model."));
        for (var codebook = 0; codebook < codes.Codebooks; codebook++)
            for (var frame = 0; frame < codes.Frames; frame++)
                if (codes[codebook, frame] is var code && (code < 0 || code >= Size))
                    throw new UserException(string.Create(CultureInfo.InvariantCulture,
                        $"{codes.Name}: codebook {codebook}, frame {frame} holds the code {code}; the model's codes are 0 to {Size - 1}."));
    }

    private static Tensor SquaredNorms(Tensor entries)
    {
        using var squares = entries.mul(entries);
        return squares.sum(1).DetachFromDisposeScope();
    }
}
