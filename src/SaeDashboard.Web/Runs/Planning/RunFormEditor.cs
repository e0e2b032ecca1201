using Microsoft.AspNetCore.Components.Forms;

namespace SaeDashboard.Web.Runs.Planning;

/// <summary>
/// The form of a new run while it is filled, and the one validator of all its fields: at every change it reads the whole form by the
/// contract's rules. What is wrong is shown where something was typed, and everywhere once a start was tried.
/// </summary>
public sealed class RunFormEditor
{
    // Weights fit one shape and point only, and the clips that a run trained on cannot measure its fork.
    private static readonly HashSet<string> Kept =
        [nameof(RunForm.Model), nameof(RunForm.Dataset), nameof(RunForm.Layer), nameof(RunForm.Point), nameof(RunForm.Clips), nameof(RunForm.Condition), nameof(RunForm.ComputeType), .. TrainSetting.All.Where(setting => setting.FixedInFork).Select(setting => setting.Property)];

    private readonly IRunFormReader reader;
    private readonly ValidationMessageStore messages;
    private readonly bool isKept;

    /// <param name="form">What it begins with.</param>
    /// <param name="lines">What varies.</param>
    /// <param name="choices">What there is to choose from.</param>
    /// <param name="reader">Reads what was typed.</param>
    /// <param name="fork">The checkpoint that the run begins with; null: random weights.</param>
    /// <param name="isKept">Whether it was typed before: what is wrong is shown at once.</param>
    public RunFormEditor(RunForm form, IEnumerable<SweepLine> lines, RunChoices choices, IRunFormReader reader, RunFork? fork = null, bool isKept = false)
    {
        (Form, Lines, Choices, Fork, this.reader, this.isKept) = (form, [.. lines], choices, fork, reader, isKept);
        Context = new EditContext(form);
        messages = new ValidationMessageStore(Context);
        Context.OnFieldChanged += (_, _) => Read();
        Context.OnValidationRequested += (_, _) =>
        {
            HasTried = true;
            Read();
        };
        Read();
    }

    /// <summary>After every reading.</summary>
    public event Action? Changed;

    /// <summary>What MudBlazor's and Blazor's own components ask.</summary>
    public EditContext Context { get; }

    public RunForm Form { get; }

    /// <summary>What varies; after a change <see cref="Read"/>.</summary>
    public List<SweepLine> Lines { get; }

    /// <summary>What there is to choose from; after a change <see cref="Read"/>.</summary>
    public RunChoices Choices { get; set; }

    /// <summary>The checkpoint that the run begins with; null: random weights.</summary>
    public RunFork? Fork { get; }

    /// <summary>Its step; 0: none.</summary>
    public long FirstStep => Fork?.Step ?? 0;

    /// <summary>Whether a start was tried.</summary>
    public bool HasTried { get; private set; }

    /// <summary>What was read.</summary>
    public RunFormReading Reading { get; private set; } = new(new Dictionary<string, string>(), null);

    /// <summary>What was read of a form whose settings vary; null: none does.</summary>
    public SweepReading? Sweep { get; private set; }

    /// <summary>How many things are wrong.</summary>
    public int Wrong => Reading.Problems.Count + (Sweep?.Problems.Count ?? 0);

    /// <summary>Reads the form and shows what is wrong at its fields.</summary>
    public void Read()
    {
        Sweep = Lines.Count > 0 ? reader.Read(Form, Lines, Choices, FirstStep) : null;
        Reading = Sweep is null ? reader.Read(Form, Choices, FirstStep) : new RunFormReading(Sweep.Fields, null);
        messages.Clear();
        foreach (var (field, problem) in Reading.Problems)
            if (HasTried || isKept || Context.IsModified(Context.Field(field))) messages.Add(Context.Field(field), problem);
        Changed?.Invoke();
        Context.NotifyValidationStateChanged();
    }

    /// <summary>Changes a field.</summary>
    /// <param name="field">Its name in the form.</param>
    /// <param name="text">What was typed or chosen.</param>
    public void Set(string field, string? text)
    {
        Form[field] = text ?? "";
        // A number type fits one device and not another.
        if (field == nameof(RunForm.Device)) Context.NotifyFieldChanged(Context.Field(nameof(RunForm.ComputeType)));
        Context.NotifyFieldChanged(Context.Field(field));
    }

    /// <summary>Turns the evaluation on or off.</summary>
    public void SetEvaluates(bool evaluates)
    {
        Form.Evaluates = evaluates;
        Context.NotifyFieldChanged(Context.Field(nameof(RunForm.Evaluates)));
    }

    /// <summary>What is wrong with a field, for its reader; null: nothing, or nothing was typed there yet.</summary>
    public string? Problem(string field) => Context.GetValidationMessages(Context.Field(field)).FirstOrDefault();

    /// <summary>Whether a field cannot be changed: it varies, a fork has to keep it, or the architecture does not use it.</summary>
    public bool IsFixed(string field) => Varies(field) || IsForked(field) || HasNoUse(field);

    /// <summary>Whether the architecture has a setting, or one of those that vary has.</summary>
    public bool Has(TrainSetting setting) => Varies(nameof(RunForm.Architecture))
        ? TrainArchitectures.All.Any(architecture => TrainRules.Belongs(setting, architecture))
        : TrainArchitectures.Find(Form.Architecture) is not { } chosen || TrainRules.Belongs(setting, chosen);

    /// <summary>The line below a field: its own, or why it cannot be changed.</summary>
    /// <param name="field">Its name in the form.</param>
    /// <param name="hint">Its own.</param>
    public string Hint(string field, string hint) =>
        Varies(field) ? "Varied below."
        : IsForked(field) && (field is nameof(RunForm.Architecture) or nameof(RunForm.Latents)) ? "Fixed: the checkpoint's weights have this shape."
        : IsForked(field) ? "Fixed: the checkpoint was trained on this, and its held-out clips must stay held out."
        : HasNoUse(field) ? $"{TrainArchitectures.Find(Form.Architecture)!.Name} does not use k: a fixed penalty decides how many features are active."
        : hint;

    private bool Varies(string field) => Lines.Any(line => SweepSetting.Find(line.Setting)?.Field == field);

    private bool IsForked(string field) => Fork is not null && Kept.Contains(field);

    // k means nothing to an architecture whose penalty alone decides; a sweep over architectures may have others.
    private bool HasNoUse(string field) =>
        field == nameof(RunForm.K) && TrainArchitectures.Find(Form.Architecture) is { UsesK: false } && !Varies(nameof(RunForm.Architecture));
}
