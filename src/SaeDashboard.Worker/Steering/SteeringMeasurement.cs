using SaeDashboard.Sae.Steering;

namespace SaeDashboard.Worker.Steering;

/// <summary>What one feature of a trial did: the steered arm and the random control, each against the unsteered arm.</summary>
internal sealed record SteeringMeasurement(string Trial, int Feature, double Strength, SteeringComparison Steered, SteeringComparison Random);
