namespace SaeDashboard.Sae.Activations;

/// <summary>How an activation is kept on disk. Everything is computed in float32.</summary>
public enum ActivationDType
{
    Float32,
    Float16,
    BFloat16,
}
