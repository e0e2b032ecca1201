using System.Text.Json.Serialization;

namespace SaeDashboard.Sae.Activations;

/// <summary>A clip whose activations are kept.</summary>
/// <param name="Row">The clip's row in the data set.</param>
/// <param name="Id">The clip's id in the data set.</param>
/// <param name="Split">The split it belongs to.</param>
/// <param name="Columns">How many of its columns, from the first on, are music: the rest is padding, which is never read. Null: all.</param>
public sealed record ActivationClip(int Row, string Id, string Split, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Columns = null);
