using System.Text;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Labelling.Models;

/// <summary>
/// Instructions to a language model: a resource of this program, with a version in its name. A template that was published is never changed; a
/// better one gets the next version, so that labels made by different versions can be distinguished and cached answers stay true.
/// </summary>
/// <param name="Name">What it is for: "label", "judge".</param>
/// <param name="Version">From 1.</param>
/// <param name="Text">The instructions.</param>
public sealed record PromptTemplate(string Name, int Version, string Text)
{
    /// <summary>Names a feature from its excerpts.</summary>
    public static PromptTemplate Label { get; } = Load("label", 1);

    /// <summary>Says how well a label fits excerpts.</summary>
    public static PromptTemplate Judge { get; } = Load("judge", 1);

    /// <summary>Name and version: "label-1".</summary>
    public string Id => FormattableString.Invariant($"{Name}-{Version}");

    /// <summary>SHA-256 of the text.</summary>
    public string Hash => Hashing.Sha256(Encoding.UTF8.GetBytes(Text));

    /// <summary>Loads a template of this program.</summary>
    /// <exception cref="ArgumentException">There is none of that name and version.</exception>
    public static PromptTemplate Load(string name, int version)
    {
        var resource = FormattableString.Invariant($"prompts/{name}-{version}.md");
        using var stream = typeof(PromptTemplate).Assembly.GetManifestResourceStream(resource) ?? throw new ArgumentException($"There is no prompt template {resource}.", nameof(name));
        using var text = new StreamReader(stream, Encoding.UTF8);
        return new PromptTemplate(name, version, text.ReadToEnd().ReplaceLineEndings("\n"));
    }
}
