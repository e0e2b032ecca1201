using SaeDashboard.Core.Saes;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Sae;

/// <summary>
/// A trained sparse autoencoder at inference: columns of the residual stream to latents, and latents to columns. Names and layout are
/// SAELens's; SAEs of other libraries are converted into this form, and every formula is tested against the library. Float32; owns its
/// tensors, which do not change.
/// </summary>
public sealed class SparseAutoencoder : IDisposable
{
    private const double LayerNormEpsilon = 1e-5;
    private const string DecoderNorms = "decoder norms", GatedMagnitudes = "gated magnitudes";
    private readonly Dictionary<string, Tensor> tensors;
    private readonly Tensor? decoderNorms;
    private readonly Tensor? gatedMagnitudes;
    private Device? device;
    private Dictionary<string, Tensor>? onDevice;
    private string? weightsHash;

    /// <summary>Takes ownership of the tensors, which must be exactly those of <see cref="SaeConfig.TensorShapes"/>.</summary>
    /// <exception cref="ArgumentException">A tensor is missing, superfluous, or of another shape.</exception>
    public SparseAutoencoder(SaeConfig config, IReadOnlyDictionary<string, Tensor> weights)
    {
        Config = config;
        var expected = config.TensorShapes();
        foreach (var (name, shape) in expected)
        {
            if (!weights.TryGetValue(name, out var tensor))
                throw new ArgumentException($"Tensor \"{name}\" is missing.", nameof(weights));
            if (!tensor.shape.SequenceEqual(shape))
                throw new ArgumentException($"Tensor \"{name}\" is {Shape(tensor.shape)}, not {Shape(shape)}.", nameof(weights));
        }
        if (weights.Keys.FirstOrDefault(name => expected.All(entry => entry.Name != name)) is { } unknown)
            throw new ArgumentException($"Tensor \"{unknown}\" does not belong to architecture {config.Architecture}.", nameof(weights));

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        // An SAE outlives the dispose scope it is created in.
        tensors = expected.ToDictionary(
            entry => entry.Name, entry => weights[entry.Name].detach().to(ScalarType.Float32).contiguous().DetachFromDisposeScope());
        foreach (var tensor in weights.Values)
            tensor.Dispose();

        if (config.RescaleActsByDecoderNorm)
            decoderNorms = WDec.norm(1).DetachFromDisposeScope();
        if (config.Architecture == SaeArchitecture.Gated)
            gatedMagnitudes = tensors["r_mag"].exp().DetachFromDisposeScope();
    }

    public SaeConfig Config { get; }

    /// <summary>[d, F]</summary>
    public Tensor WEnc => tensors["W_enc"];

    /// <summary>[F]; a gated SAE has b_gate and b_mag instead and throws <see cref="KeyNotFoundException"/>.</summary>
    public Tensor BEnc => tensors["b_enc"];

    /// <summary>[F, d]</summary>
    public Tensor WDec => tensors["W_dec"];

    /// <summary>[d]</summary>
    public Tensor BDec => tensors["b_dec"];

    /// <summary>The tensors by their SAELens names.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => tensors;

    /// <summary><see cref="SaeContents.WeightsHash"/>, by which labels and presets identify this SAE.</summary>
    public string WeightsHash => weightsHash ??= SaeContents.HashOf(Config, name => TensorData.AsSpan(tensors[name]));

    /// <summary>
    /// Makes <see cref="Encode"/>, <see cref="EncodeTopK"/>, <see cref="Decode"/> and <see cref="Forward"/> compute on a device, with
    /// copies of the weights there. Results are on the device of the given columns.
    /// </summary>
    public void ComputeOn(Device device)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        ForgetDevice();
        this.device = device;
        onDevice = tensors.ToDictionary(pair => pair.Key, pair => Copy(pair.Value));
        if (decoderNorms is not null)
            onDevice[DecoderNorms] = Copy(decoderNorms);
        if (gatedMagnitudes is not null)
            onDevice[GatedMagnitudes] = Copy(gatedMagnitudes);

        Tensor Copy(Tensor tensor) => tensor.to(device).clone().DetachFromDisposeScope();
    }

    /// <summary>Columns [n, d] to latents [n, F].</summary>
    /// <exception cref="ArgumentException">The columns have another width.</exception>
    public Tensor Encode(Tensor x)
    {
        CheckWidth(x);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Back(Latents(Centre(Normalize(There(x)))), x).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Columns [n, d] to the values [n, k] (largest first, 0 where fewer than k are positive) and the latents' numbers [n, k] (int64) of a
    /// TopK SAE: the same as <see cref="Encode"/> without a dense result.
    /// </summary>
    /// <exception cref="InvalidOperationException">The SAE is not a TopK one.</exception>
    public (Tensor Values, Tensor Indices) EncodeTopK(Tensor x)
    {
        if (Config.Architecture != SaeArchitecture.TopK)
            throw new InvalidOperationException($"A {Config.Architecture} SAE has no fixed number of active latents.");
        CheckWidth(x);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var (values, indices) = TopK(Centre(Normalize(There(x))));
        return (Back(values, x).MoveToOuterDisposeScope(), Back(indices, x).MoveToOuterDisposeScope());
    }

    /// <summary>The same, and how near each latent came to firing in these columns: as <see cref="MarginPeaks"/> says [F].</summary>
    internal (Tensor Values, Tensor Indices, Tensor Peaks) EncodeTopKMeasured(Tensor x, int firstRow)
    {
        CheckWidth(x);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var p = PreActivations(Centre(Normalize(There(x))));
        var (values, indices) = p.topk(Config.K, 1);
        return (Back(values.relu(), x).MoveToOuterDisposeScope(), Back(indices, x).MoveToOuterDisposeScope(), Back(Peaks(p, firstRow), x).MoveToOuterDisposeScope());
    }

    /// <summary>
    /// How near each latent came to firing in columns [n, d] from a row on: the largest of its margins [F], −∞ without such a row. The margin is
    /// what is compared to decide whether it fires: the pre-activation, less the threshold of a JumpReLU SAE, or the gate of a gated one.
    /// </summary>
    internal Tensor MarginPeaks(Tensor x, int firstRow)
    {
        CheckWidth(x);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return Back(Peaks(Margins(x), firstRow), x).MoveToOuterDisposeScope();
    }

    /// <summary>The same, with the row in which each margin is largest [F]; at least one row must remain.</summary>
    internal (Tensor Peaks, Tensor Rows) MarginPeakRows(Tensor x, int firstRow)
    {
        CheckWidth(x);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(firstRow, x.size(0));
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var margins = Margins(x);
        var (peaks, rows) = margins.narrow(0, firstRow, margins.size(0) - firstRow).max(0);
        return (Back(peaks, x).MoveToOuterDisposeScope(), Back(rows, x).MoveToOuterDisposeScope());
    }

    private Tensor Margins(Tensor x)
    {
        var h = Centre(Normalize(There(x)));
        return Config.Architecture switch
        {
            SaeArchitecture.JumpRelu => PreActivations(h).sub(Weight("threshold")),
            SaeArchitecture.Gated => h.mm(Weight("W_enc")).Add(Weight("b_gate")),
            _ => PreActivations(h),
        };
    }

    private static Tensor Peaks(Tensor margins, int firstRow) => firstRow < margins.size(0)
        ? margins.narrow(0, firstRow, margins.size(0) - firstRow).amax([0])
        : tensor([.. Enumerable.Repeat(float.NegativeInfinity, (int)margins.size(1))], device: margins.device);

    /// <summary>
    /// Latents [n, F] to columns [n, d]. An SAE that normalises each column (layer norm, constant norm) needs the encoded columns [n, d] to
    /// undo it.
    /// </summary>
    /// <exception cref="ArgumentException">Another number of latents, or <paramref name="input"/> is missing but
    /// needed.</exception>
    public Tensor Decode(Tensor latents, Tensor? input = null)
    {
        if (latents.dim() != 2 || latents.size(1) != Config.DSae)
            throw new ArgumentException($"Latents are {Shape(latents.shape)}, but this SAE has {Config.DSae}.", nameof(latents));
        if (input is null && NormalizesColumns)
            throw new ArgumentException($"Undoing {Config.NormalizeActivations} needs the columns that were encoded.", nameof(input));
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var f = There(latents);
        var units = decoderNorms is null ? f : f.div(Weight(DecoderNorms));
        var output = units.mm(Weight("W_dec")).Add(Weight("b_dec"));
        return Back(input is null ? output : Denormalize(output, There(input)), latents).MoveToOuterDisposeScope();
    }

    /// <summary>Columns [n, d] to latents [n, F] and their reconstruction [n, d].</summary>
    public (Tensor Latents, Tensor Reconstruction) Forward(Tensor x)
    {
        var latents = Encode(x);
        return (latents, Decode(latents, x));
    }

    /// <summary>
    /// d_j = ∂x̂/∂f_j [d]: the change of the reconstruction per unit of latent j. Its norm is not 1 in general (1/s of the input scale s
    /// for an SAE exported here). An SAE that normalises each column multiplies it by that column's <see cref="InputScale"/>.
    /// </summary>
    public Tensor Direction(int feature)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var row = WDec.select(0, feature);
        return (decoderNorms is null ? row.clone() : row.div(decoderNorms.select(0, feature))).MoveToOuterDisposeScope();
    }

    /// <summary>Every <see cref="Direction"/> [F, d].</summary>
    public Tensor Directions()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        return (decoderNorms is null ? WDec.clone() : WDec.div(decoderNorms.unsqueeze(1))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// [n, 1]: the factor by which the SAE multiplies a reconstruction to undo its normalisation of the columns [n, d]; ones without
    /// normalisation.
    /// </summary>
    public Tensor InputScale(Tensor x)
    {
        CheckWidth(x);
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        var scale = Config.NormalizeActivations switch
        {
            InputNormalization.LayerNorm => x.std(1, true, true),
            InputNormalization.ConstantNormRescale => x.norm(1, true).Div(Math.Sqrt(Config.DIn)),
            _ => ones([x.size(0), 1], ScalarType.Float32, x.device),
        };
        return scale.MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        foreach (var tensor in tensors.Values)
            tensor.Dispose();
        decoderNorms?.Dispose();
        gatedMagnitudes?.Dispose();
        ForgetDevice();
    }

    private void ForgetDevice()
    {
        foreach (var (_, tensor) in onDevice ?? [])
            tensor.Dispose();
        (onDevice, device) = (null, null);
    }

    private Tensor There(Tensor tensor) => device is null ? tensor : tensor.to(device);

    private Tensor Back(Tensor result, Tensor given) => device is null ? result : result.to(given.device);

    /// <summary>A weight or derived tensor, on the computing device.</summary>
    private Tensor Weight(string name) => onDevice is not null ? onDevice[name] : name switch
    {
        DecoderNorms => decoderNorms!,
        GatedMagnitudes => gatedMagnitudes!,
        _ => tensors[name],
    };

    private bool NormalizesColumns => Config.NormalizeActivations is InputNormalization.LayerNorm or InputNormalization.ConstantNormRescale;

    private static string Shape(long[] shape) => $"[{string.Join(", ", shape)}]";

    private Tensor Normalize(Tensor x) => Config.NormalizeActivations switch
    {
        InputNormalization.LayerNorm => x.sub(x.mean([1], true)).div(x.std(1, true, true).Add(LayerNormEpsilon)),
        InputNormalization.ConstantNormRescale => x.Mul(Math.Sqrt(Config.DIn)).div(x.norm(1, true)),
        _ => x,
    };

    private Tensor Denormalize(Tensor output, Tensor x) => Config.NormalizeActivations switch
    {
        InputNormalization.LayerNorm => output.mul(x.std(1, true, true)).Add(x.mean([1], true)),
        InputNormalization.ConstantNormRescale => output.mul(x.norm(1, true)).Div(Math.Sqrt(Config.DIn)),
        _ => output,
    };

    private Tensor Centre(Tensor x) => Config.ApplyBDecToInput ? x.sub(Weight("b_dec")) : x;

    private Tensor Latents(Tensor h)
    {
        switch (Config.Architecture)
        {
            case SaeArchitecture.Standard:
                return PreActivations(h).relu();
            case SaeArchitecture.TopK:
                var (values, indices) = TopK(h);
                return zeros([h.size(0), Config.DSae], ScalarType.Float32, h.device).scatter_(1, indices, values);
            case SaeArchitecture.GroupMax:
                var groups = PreActivations(h).reshape(h.size(0), Config.K, Config.DSae / Config.K);
                var (largest, places) = groups.topk(1, 2);
                return zeros(groups.shape, ScalarType.Float32, h.device).scatter_(2, places, largest.relu()).reshape(h.size(0), Config.DSae);
            case SaeArchitecture.JumpRelu:
                var p = PreActivations(h);
                return p.relu().mul(p.gt(Weight("threshold")).to(ScalarType.Float32));
            case SaeArchitecture.Gated:
                var product = h.mm(Weight("W_enc"));
                var open = product.Add(Weight("b_gate")).Gt(0).to(ScalarType.Float32);
                return product.mul(Weight(GatedMagnitudes)).Add(Weight("b_mag")).relu().mul(open);
            default:
                throw new InvalidOperationException($"Architecture {Config.Architecture} cannot encode.");
        }
    }

    private Tensor PreActivations(Tensor h)
    {
        var p = h.mm(Weight("W_enc")).Add(Weight("b_enc"));
        return decoderNorms is null ? p : p.mul(Weight(DecoderNorms));
    }

    private (Tensor Values, Tensor Indices) TopK(Tensor h)
    {
        var (values, indices) = PreActivations(h).topk(Config.K, 1);
        return (values.relu(), indices);
    }

    private void CheckWidth(Tensor x)
    {
        if (x.dim() != 2 || x.size(1) != Config.DIn)
            throw new ArgumentException($"The columns are {Shape(x.shape)}, but this SAE reads width {Config.DIn}.", nameof(x));
    }
}
