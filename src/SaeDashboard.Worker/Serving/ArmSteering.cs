using SaeDashboard.MusicGen.Hooks;
using SaeDashboard.Sae;
using SaeDashboard.Sae.Steering;
using SaeDashboard.Torch.Extensions;
using static TorchSharp.torch;

namespace SaeDashboard.Worker.Serving;

/// <summary>Whether an arm has broken the model. Tensor thread only.</summary>
internal sealed class ArmWatch
{
    /// <summary>The column at which it did; null: it has not.</summary>
    public int? Column { get; private set; }

    /// <summary>How, for a person.</summary>
    public string Why { get; private set; } = "";

    public void End(int column, string why)
    {
        if (Column is null) (Column, Why) = (column, why);
    }

    /// <summary>The columns from one on are computed again.</summary>
    public void Rewind(int column)
    {
        if (Column >= column) (Column, Why) = (null, "");
    }
}

/// <summary>How active an arm's steered features were, by column and strip, before and after the edit. Tensor thread only.</summary>
internal sealed class ArmTrace(int strips)
{
    private readonly List<(float[] Before, float[] After)> columns = [];

    public int Strips => strips;

    /// <summary>The columns that are known.</summary>
    public int Columns => columns.Count;

    /// <summary>Keeps the latents <c>[columns, F]</c> of a strip's feature.</summary>
    public void Set(int firstColumn, int strip, int feature, Tensor before, Tensor after)
    {
        using var was = before.select(1, feature).contiguous();
        using var now = after.select(1, feature).contiguous();
        var first = TensorData.AsSpan(was);
        var second = TensorData.AsSpan(now);
        for (var i = 0; i < first.Length; i++)
        {
            while (columns.Count <= firstColumn + i) columns.Add((new float[strips], new float[strips]));
            columns[firstColumn + i].Before[strip] = first[i];
            columns[firstColumn + i].After[strip] = second[i];
        }
    }

    /// <summary>The columns from one on are computed again.</summary>
    public void Rewind(int column)
    {
        if (column < columns.Count) columns.RemoveRange(column, columns.Count - column);
    }

    /// <summary>The largest values of the columns from one to the last known one.</summary>
    public FeatureTrace Since(int column) => new(
        column, columns.Count - column, Largest(column, pair => pair.Before), Largest(column, pair => pair.After));

    /// <summary>Every column.</summary>
    public TakeTraces All() => new([.. Enumerable.Range(0, strips).Select(strip => Of(strip, pair => pair.Before))], [.. Enumerable.Range(0, strips).Select(strip => Of(strip, pair => pair.After))]);

    private float[] Largest(int from, Func<(float[] Before, float[] After), float[]> which) =>
        [.. Enumerable.Range(0, strips).Select(strip => Short(columns.Skip(from).Max(pair => which(pair)[strip])))];

    private float[] Of(int strip, Func<(float[] Before, float[] After), float[]> which) => [.. columns.Select(pair => Short(which(pair)[strip]))];

    private static float Short(float value) => MathF.Round(value, 4);
}

/// <summary>Reads conditions at an SAE's layer, in the conditional half, before anything is edited there.</summary>
internal sealed class GateHook(HookSite site, SparseAutoencoder sae, IReadOnlyList<ConditionGate> gates) : IHook
{
    public HookSite Site => site;

    public GuidanceHalf? Half => GuidanceHalf.Conditional;

    public Tensor? Apply(in HookContext context, Tensor residual)
    {
        using var scope = NewDisposeScope();
        var latents = sae.Encode(residual.reshape(-1, residual.shape[^1]));
        foreach (var gate in gates) gate.Read(latents, context.FirstColumn);
        return null;
    }
}

/// <summary>Edits an arm at an SAE's layer, watches that the arm holds, and keeps its trace.</summary>
internal sealed class ArmHook : IHook
{
    private readonly SparseAutoencoder sae;
    private readonly IResidualEdit edit;
    private readonly SteerRows rows;
    private readonly bool guided;
    private readonly ArmWatch watch;
    private readonly Dictionary<GuidanceHalf, ResidualGuard> guards = [];
    private readonly ArmTrace? trace;
    private readonly IReadOnlyList<(int Strip, int Feature)> strips;

    /// <param name="site">The SAE's layer.</param>
    /// <param name="sae">The SAE.</param>
    /// <param name="edit">What it does, owned by the caller.</param>
    /// <param name="rows">Which half of the guidance is edited.</param>
    /// <param name="guided">Whether there are two.</param>
    /// <param name="watch">The arm's.</param>
    /// <param name="trace">The arm's; null: none is kept.</param>
    /// <param name="strips">The strips of this SAE, for the trace.</param>
    public ArmHook(HookSite site, SparseAutoencoder sae, IResidualEdit edit, SteerRows rows, bool guided, ArmWatch watch, ArmTrace? trace, IReadOnlyList<(int Strip, int Feature)> strips)
    {
        (Site, this.sae, this.edit, this.rows, this.guided, this.watch, this.strips) = (site, sae, edit, rows, guided, watch, strips);
        this.trace = strips.Count > 0 ? trace : null;
    }

    public HookSite Site { get; }

    /// <summary>Times the edit has run.</summary>
    public long Calls { get; private set; }

    public Tensor? Apply(in HookContext context, Tensor residual)
    {
        var conditional = context.Half == GuidanceHalf.Conditional;
        // An arm that has ended is computed on without its edit: the others share its batch.
        if (!rows.Steers(conditional, guided) || watch.Column <= context.FirstColumn) return null;
        Calls++;
        using var scope = NewDisposeScope();
        // Where both halves are steered, the conditional one is traced.
        var traced = trace is not null && (conditional || rows == SteerRows.Unconditional);
        var before = traced ? sae.Encode(residual.reshape(-1, residual.shape[^1])) : null;
        var edited = edit is SteeringEdit steering ? steering.Apply(residual, context.FirstColumn, before) : edit.Apply(residual, context.FirstColumn);
        if (!guards.TryGetValue(context.Half, out var guard)) guards.Add(context.Half, guard = new ResidualGuard());
        if (guard.Check(residual, edited, context.FirstColumn) is var (column, why))
        {
            watch.End(column, why);
            return null;
        }
        if (traced)
        {
            var after = sae.Encode(edited.reshape(-1, residual.shape[^1]));
            foreach (var (strip, feature) in strips) trace!.Set(context.FirstColumn, strip, feature, before!, after);
        }
        return edited.MoveToOuterDisposeScope();
    }
}
