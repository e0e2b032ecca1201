using System.Text;
using System.Text.Json.Serialization;
using SaeDashboard.Core;

namespace SaeDashboard.Web.Presets;

/// <summary>What “Save as preset” asks for, as it came: any field may be missing.</summary>
/// <param name="TakeId">The take.</param>
/// <param name="Name">What to call the preset.</param>
/// <param name="Description">What it does; may be missing.</param>
/// <param name="Licence">An SPDX identifier of docs/presets.md; missing or empty: none is given.</param>
/// <param name="Visibility">public, unlisted or private; missing: public.</param>
/// <param name="BasedOn">The id of the preset that it was made from; may be missing.</param>
/// <param name="RevisionOf">The id of the preset that it becomes a revision of; missing: it is a new one.</param>
/// <param name="Note">What a revision changes, in a line; may be missing.</param>
public sealed record NewPreset(
    string? TakeId, string? Name, string? Description, string? Licence = null, string? Visibility = null, string? BasedOn = null, string? RevisionOf = null, string? Note = null)
{
    /// <summary>The fields that must be there.</summary>
    /// <exception cref="UserException">One is missing; the message names it.</exception>
    public (string TakeId, string Name) Required() => (Given(TakeId, "takeId", "the id of a finished take"), Given(Name, "name", "what to call the preset"));

    /// <summary>The fields that may be missing.</summary>
    /// <exception cref="UserException">A value is not allowed.</exception>
    public PresetRequest More() => new()
    {
        Licence = string.IsNullOrEmpty(Licence) ? null : Licence,
        Visibility = Visibility is { } word ? VisibilityOf(word) : PresetVisibility.Public,
        BasedOn = BasedOn,
        RevisionOf = RevisionOf,
        Note = Note,
    };

    internal static PresetVisibility VisibilityOf(string word) =>
        EnumJson.Parse<PresetVisibility>(word) ?? throw new UserException($"visibility is “{PresetNames.File(word)}”; it may be {string.Join(", ", EnumJson.All<PresetVisibility>())}.");

    private static string Given(string? value, string field, string what) =>
        value ?? throw new UserException($"The field \"{field}\" is missing or null: expected {what}, as text.");
}

/// <summary>What is changed of a preset: a field that is missing stays as it is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it does.</param>
/// <param name="Author">Who made it; empty: not said.</param>
/// <param name="Licence">An SPDX identifier of docs/presets.md; empty: none is given.</param>
/// <param name="Visibility">public, unlisted or private.</param>
/// <param name="Note">What the revision changes, in a line.</param>
/// <param name="BasedOn">The revision that was seen: the change is refused when there is a newer one. Missing: it is written whatever is there.</param>
public sealed record PresetEdit(string? Name = null, string? Description = null, string? Author = null, string? Licence = null, string? Visibility = null, string? Note = null, int? BasedOn = null)
{
    /// <summary>The preset with the change.</summary>
    /// <exception cref="UserException">A text is refused.</exception>
    public SteeringPreset On(SteeringPreset before) => before with
    {
        Name = Name is null ? before.Name : PersonText.Name(Name, "The preset's name"),
        Description = Description is null ? before.Description : PersonText.Lines(Description, "The description", PresetLimits.MaxDescription),
        Author = Author is null ? before.Author : PersonText.Line(Author, "The author", PersonText.MaxName) is { Length: > 0 } author ? author : null,
        Licence = Licence is null ? before.Licence : Licence.Length > 0 ? Licence : null,
    };
}

/// <summary>A preset that was saved.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Page">Its page.</param>
/// <param name="Known">True: a preset with the same sound was here already, and this is its id.</param>
/// <param name="Name">What that one is called here.</param>
internal sealed record PresetMade(
    string Id, string Page, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Known, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Name);

/// <summary>A take that is being generated.</summary>
/// <param name="TakeId">Its id.</param>
internal sealed record TakeStarted(string TakeId);

/// <summary>Names that come from people, made fit for messages and files.</summary>
internal static class PresetNames
{
    private const int Longest = 80;

    /// <summary>A file's name as a message shows it: without its folders, on one line, short.</summary>
    public static string File(string? name)
    {
        var last = name?.Split('/', '\\')[^1] ?? "";
        var line = new string([.. last.Where(letter => !char.IsControl(letter))]).Trim();
        if (line.Length == 0) return "The file";
        return line.Length <= Longest ? line : line[..Longest] + "…";
    }

    /// <summary>“Rock beat, loud!” as the beginning of a file's name: rock-beat-loud.</summary>
    public static string Slug(string name)
    {
        var slug = new StringBuilder();
        foreach (var letter in name.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter)) slug.Append(letter);
            else if (slug.Length > 0 && slug[^1] != '-') slug.Append('-');
        }
        var text = slug.ToString().Trim('-');
        return text.Length == 0 ? "preset" : text.Length <= Longest ? text : text[..Longest].Trim('-');
    }
}
