using System.Text.Json;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Forms;
using SaeDashboard.Web.Runs.Planning;

namespace SaeDashboard.Web.Runs;

/// <summary>A part of the form of a new run: drawn again after every reading, since what it shows depends on other fields.</summary>
public abstract class RunFormPart : ComponentBase, IDisposable
{
    /// <summary>The form it belongs to.</summary>
    [CascadingParameter] public RunFormEditor Editor { get; set; } = null!;

    /// <inheritdoc/>
    protected override void OnInitialized() => Editor.Context.OnValidationStateChanged += OnValidated;

    /// <summary>Lets go of the form.</summary>
    public void Dispose()
    {
        Editor.Context.OnValidationStateChanged -= OnValidated;
        GC.SuppressFinalize(this);
    }

    private void OnValidated(object? sender, ValidationStateChangedEventArgs change) => StateHasChanged();
}

/// <summary>One field of the form of a new run. Its control has the id <c>run-NAME</c>, the line below it <c>run-NAME-hint</c>, a problem <c>run-NAME-problem</c>.</summary>
public abstract class RunFieldBase : RunFormPart
{
    /// <summary>Its name in <see cref="RunForm"/>.</summary>
    [Parameter, EditorRequired] public string Field { get; set; } = "";

    [Parameter, EditorRequired] public string Label { get; set; } = "";

    /// <summary>The line below it.</summary>
    [Parameter] public string Hint { get; set; } = "";

    /// <summary>NAME of its ids; null: the field's name.</summary>
    [Parameter] public string? Id { get; set; }

    protected string Name => Id ?? JsonNamingPolicy.KebabCaseLower.ConvertName(Field);

    protected string ElementId => $"run-{Name}";

    protected string? Problem => Editor.Problem(Field);

    // A problem takes the place of the hint.
    protected string? HintId => Problem is null ? $"{ElementId}-hint" : null;

    protected string ProblemId => $"{ElementId}-problem";

    protected string HintText => Editor.Hint(Field, Hint);

    protected bool IsFixed => Editor.IsFixed(Field);

    protected string Value => Editor.Form[Field];

    protected void Set(string? text) => Editor.Set(Field, text);
}
