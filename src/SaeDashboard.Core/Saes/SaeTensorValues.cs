namespace SaeDashboard.Core.Saes;

/// <summary>Row-major values of a tensor, by its SAELens name.</summary>
public delegate ReadOnlySpan<float> SaeTensorValues(string name);
