namespace SaeDashboard.Core.Serving;

/// <summary>What the worker is loading.</summary>
/// <param name="What">For a person: "the model demo/model".</param>
/// <param name="Fraction">0 to 1.</param>
public sealed record ServeLoading(string What, double Fraction);
