namespace TorchSharp.Modules;

/// <summary>The Gaussian error linear unit.</summary>
public class GELU
{
    internal GELU() { }

    /// <summary>How Φ is computed: by the error function, or approximated by tanh.</summary>
    public enum Approximate
    {
        none,
        tanh,
    }
}
