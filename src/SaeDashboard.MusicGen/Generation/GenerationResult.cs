using SaeDashboard.Core.Data;

namespace SaeDashboard.MusicGen.Generation;

/// <summary>What a request gave.</summary>
/// <param name="Codes">A row: its codes <c>[codebooks, frames]</c>, continued ones included.</param>
/// <param name="Columns">Columns computed.</param>
/// <param name="Elapsed">Time taken, texts and continued codes included.</param>
public sealed record GenerationResult(IReadOnlyList<CodeGrid> Codes, int Columns, TimeSpan Elapsed);
