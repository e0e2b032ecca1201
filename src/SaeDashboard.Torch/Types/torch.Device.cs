using System.Globalization;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where tensors are kept: the CPU or one GPU.</summary>
    public class Device
    {
        /// <summary>A device of this kind; index −1 is the kind's default one.</summary>
        public Device(DeviceType deviceType, int index = -1)
        {
            type = deviceType;
            this.index = deviceType is DeviceType.CUDA or DeviceType.HIP && index < 0 ? 0 : index;
        }

        /// <summary>A device by its kind's name, "cpu" or "cuda".</summary>
        public Device(string deviceType, int index = -1) : this(Kind(deviceType), index) { }

        /// <summary>A device by a description such as "cuda:1".</summary>
        public Device(string description) : this(Kind(description.Split(':')[0]), Index(description)) { }

        /// <summary>The GPU of this index.</summary>
        public Device(int index) : this(DeviceType.CUDA, index) { }

        /// <summary>CPU, CUDA, …</summary>
        public DeviceType type { get; }

        /// <summary>Which of its kind; −1 for the CPU.</summary>
        public int index { get; }

        /// <summary>A device by a description such as "cuda:1".</summary>
        public static implicit operator Device(string description) => new(description);

        /// <inheritdoc/>
        public override string ToString()
        {
            var name = type.ToString().ToLowerInvariant();
            return index < 0 ? name : string.Create(CultureInfo.InvariantCulture, $"{name}:{index}");
        }

        private static DeviceType Kind(string name) => Enum.TryParse<DeviceType>(name, ignoreCase: true, out var kind)
            ? kind
            : throw new ArgumentException($"'{name}' is no kind of device: cpu and cuda are.", nameof(name));

        private static int Index(string description)
        {
            var colon = description.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) return -1;
            return int.TryParse(description.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? index
                : throw new ArgumentException($"'{description}' names no device: 'cuda:0' would.", nameof(description));
        }
    }

    /// <summary>The CPU.</summary>
    public static Device CPU = new(DeviceType.CPU);

    /// <summary>The first GPU.</summary>
    public static Device CUDA => new(DeviceType.CUDA, 0);

    private static Device defaultDevice = CPU;

    /// <summary>The device of tensors for which none is named.</summary>
    public static Device get_default_device() => defaultDevice;

    /// <summary>Sets the device of tensors for which none is named.</summary>
    public static void set_default_device(Device device) => defaultDevice = device;

    /// <summary>Sets the device of tensors for which none is named.</summary>
    public static void set_default_device(string device) => defaultDevice = new(device);

    /// <summary>A device by a description such as "cuda:1".</summary>
    public static Device device(string description) => new(description);

    /// <summary>A device by its kind's name.</summary>
    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    /// <summary>A device by its kind.</summary>
    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    /// <summary>The GPU of this index.</summary>
    public static Device device(int index) => new(index);
}
